#pragma once

#include <functional>
#include <memory>
#include <span>

#include "veleta/learner.hpp"

namespace veleta {

/// What an explainer may look at. Everything in it outlives the explanation made from it.
struct Explainable {
  size_t columns = 0;
  const veleta_trees* trees = nullptr;    ///< null: the model has no such view
  const veleta_linear* linear = nullptr;  ///< null: the model has no such view
  MatrixView background;                  ///< rows of the training data; may have none
  /// Margins of rows, one number each. Thread-safe.
  std::function<void(const MatrixView& rows, std::span<double> margins)> margin;
};

/// A model made ready to be explained. All const functions are called concurrently.
class PreparedExplainer {
 public:
  virtual ~PreparedExplainer() = default;
  /// Fills rows * columns attributions; each row's sum is its margin minus the returned base value.
  virtual double explain(const MatrixView& rows, std::span<double> attributions) const = 0;
};

/// Attributes a model's margin to its features. Never called concurrently on one object.
class Explainer {
 public:
  virtual ~Explainer() = default;
  /// Throws Error(kUnsupported) if the model lacks the view that it needs.
  virtual std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const = 0;
};

#pragma GCC visibility push(hidden)
namespace detail {

template <typename Class>
veleta_status prepare(void* instance, const veleta_explainable* from, void** prepared) noexcept {
  return call<Class>(instance, [&](const Explainer& explainer) {
    Explainable model{from->columns, from->trees, from->linear, matrix(from->background), {}};
    model.margin = [margin = from->margin, context = from->context](const MatrixView& rows, std::span<double> margins) {
      const veleta_matrix raw{sizeof raw, rows.values, rows.rows, rows.columns, rows.names.data()};
      if (margin(context, &raw, margins.data()) != VELETA_OK)
        throw Error(ErrorCode::kInternal, "the host could not evaluate the model");
    };
    auto ready = explainer.prepare(model);
    if (!ready) throw Error(ErrorCode::kInternal, "the explainer prepared nothing");
    *prepared = ready.release();
  });
}

template <typename Class>
veleta_status explain(void* instance, void* prepared, const veleta_matrix* rows, double* attributions,
                      double* base_value) noexcept {
  return call<Class>(instance, [&](const Explainer&) {
    *base_value = static_cast<const PreparedExplainer*>(prepared)->explain(matrix(rows),
                                                                           {attributions, rows->rows * rows->columns});
  });
}

template <typename Class>
void destroy_prepared(void*, void* prepared) noexcept {
  delete static_cast<PreparedExplainer*>(prepared);
}

template <typename Class>
inline constexpr veleta_explainer kExplainerVerbs{sizeof(veleta_explainer), &prepare<Class>, &explain<Class>,
                                                  &destroy_prepared<Class>};

}  // namespace detail
#pragma GCC visibility pop
}  // namespace veleta

/// VELETA_EXPLAINER(Class, "name", "version", parameters…) makes a plugin of Class.
#define VELETA_EXPLAINER(Class, name, version, ...)                                                               \
  VELETA_DETAIL_PLUGIN(VELETA_KIND_EXPLAINER, 0, &::veleta::detail::kExplainerVerbs<Class>, Class, name, version, \
                       __VA_ARGS__)
