#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "veleta/attributions.hpp"
#include "veleta/learner.hpp"

namespace veleta {

/// What an explainer may look at. Everything in it outlives the explanation made from it.
struct Explainable {
  size_t columns = 0;
  const veleta_trees* trees = nullptr;    ///< null: the model has no such view
  const veleta_linear* linear = nullptr;  ///< null: the model has no such view
  MatrixView background;                  ///< rows of the training data; may have none
  /// Margins of rows, `outputs` numbers each. Thread-safe.
  std::function<void(const MatrixView& rows, std::span<double> margins)> margin;
  size_t outputs = 1;
  Link link = Link::kIdentity;
};

/// A model made ready to be explained. All const functions are called concurrently.
class PreparedExplainer {
 public:
  virtual ~PreparedExplainer() = default;
  /// Fills `out`. The sum of a row's and output's attributions is the margin minus the output's base value.
  virtual void explain(const MatrixView& rows, const Attributions& out) const = 0;

  /// Fills rows * outputs * columns * columns interactions, and a base value an output. A matrix is symmetric, and each
  /// of its rows sums to the feature's attribution. Throws Error(kUnsupported) where the explainer has none.
  virtual void interact(const MatrixView& /*rows*/, std::span<double> /*interactions*/,
                        std::span<double> /*base_values*/) const {
    throw Error(ErrorCode::kUnsupported, "this explainer has no interaction values");
  }
  /// Attributes each row's loss, squared error or log loss by the model's link, given its target. `out` has rows *
  /// columns values and a base value a row. Throws Error(kUnsupported) where the explainer cannot.
  virtual void explain_loss(const MatrixView& /*rows*/, std::span<const double> /*targets*/,
                            const Attributions& /*out*/) const {
    throw Error(ErrorCode::kUnsupported, "this explainer does not explain losses");
  }
  /// In a few words for people, how this model is explained: "pattern tables, 5.4 MB".
  virtual std::string method() const { return {}; }
  virtual Space space() const { return Space::kMargin; }
};

/// Attributes a model's margin to its features. Never called concurrently on one object.
/// A class that is not exact by a model's view says so: `static constexpr uint32_t kFlags = VELETA_ANY_MODEL;`, or
/// other explainer flags of abi.h. The host chooses by them where the pipeline names no explainer.
class Explainer {
 public:
  virtual ~Explainer() = default;
  /// Throws Error(kUnsupported) if the model lacks the view that it needs.
  virtual std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const = 0;
};

#pragma GCC visibility push(hidden)
namespace detail {

/// A prepared explainer as the host holds it. A row's room is told by the model's shape.
struct Prepared {
  std::unique_ptr<PreparedExplainer> explainer;
  size_t outputs;

  Attributions room(const veleta_matrix& rows, double* values, double* base_values, double* standard_errors) const {
    const size_t count = rows.rows * outputs * rows.columns;
    return {{values, count}, {base_values, outputs}, {standard_errors, standard_errors ? count : 0}};
  }
};

/// Runs `body` on what was prepared.
template <typename Class, typename Body>
veleta_status call_prepared(void* instance, void* prepared, Body&& body) noexcept {
  return call<Class>(instance, [&](const Explainer&) { body(*static_cast<const Prepared*>(prepared)); });
}

/// The model as `from` shows it, as far as the host fills it.
inline Explainable explainable(const veleta_explainable& from) {
  Explainable model{from.columns, from.trees, from.linear, matrix(from.background), {}};
  if (from.size > offsetof(veleta_explainable, link)) {
    model.outputs = std::max<uint32_t>(from.outputs, 1);
    model.link = static_cast<Link>(from.link);
  }
  model.margin = [margin = from.margin, context = from.context, outputs = model.outputs](const MatrixView& rows,
                                                                                         std::span<double> margins) {
    if (margins.size() != rows.rows * outputs)
      throw Error(ErrorCode::kInternal, "there is room for " + std::to_string(margins.size()) + " margins of " +
                                            std::to_string(rows.rows) + " rows and " + std::to_string(outputs) +
                                            " outputs");
    const veleta_matrix raw{sizeof raw, rows.values, rows.rows, rows.columns, rows.names.data()};
    if (margin(context, &raw, margins.data()) != VELETA_OK)
      throw Error(ErrorCode::kInternal, "the host could not evaluate the model");
  };
  return model;
}

template <typename Class>
veleta_status prepare(void* instance, const veleta_explainable* from, void** prepared) noexcept {
  return call<Class>(instance, [&](const Explainer& explainer) {
    const Explainable model = explainable(*from);
    auto ready = explainer.prepare(model);
    if (!ready) throw Error(ErrorCode::kInternal, "the explainer prepared nothing");
    *prepared = new Prepared{std::move(ready), model.outputs};
  });
}

template <typename Class>
veleta_status explain(void* instance, void* prepared, const veleta_matrix* rows, double* attributions,
                      double* base_values) noexcept {
  return call_prepared<Class>(instance, prepared, [&](const Prepared& self) {
    self.explainer->explain(matrix(rows), self.room(*rows, attributions, base_values, nullptr));
  });
}

template <typename Class>
veleta_status explain_with_errors(void* instance, void* prepared, const veleta_matrix* rows, double* attributions,
                                  double* standard_errors, double* base_values) noexcept {
  return call_prepared<Class>(instance, prepared, [&](const Prepared& self) {
    const Attributions out = self.room(*rows, attributions, base_values, standard_errors);
    std::ranges::fill(out.standard_errors, 0.0);
    self.explainer->explain(matrix(rows), out);
  });
}

template <typename Class>
veleta_status interact(void* instance, void* prepared, const veleta_matrix* rows, double* interactions,
                       double* base_values) noexcept {
  return call_prepared<Class>(instance, prepared, [&](const Prepared& self) {
    self.explainer->interact(matrix(rows), {interactions, rows->rows * self.outputs * rows->columns * rows->columns},
                             {base_values, self.outputs});
  });
}

template <typename Class>
veleta_status explain_loss(void* instance, void* prepared, const veleta_matrix* rows, const double* targets,
                           double* attributions, double* base_values) noexcept {
  return call_prepared<Class>(instance, prepared, [&](const Prepared& self) {
    self.explainer->explain_loss(matrix(rows), {targets, rows->rows},
                                 {{attributions, rows->rows * rows->columns}, {base_values, rows->rows}, {}});
  });
}

template <typename Class>
veleta_status describe_prepared(void* instance, void* prepared, const veleta_writer* out) noexcept {
  return call_prepared<Class>(instance, prepared, [&](const Prepared& self) {
    const std::string method = self.explainer->method();
    if (out->write(out->context, method.data(), method.size()) != VELETA_OK)
      throw Error(ErrorCode::kInternal, "the host could not keep the description");
  });
}

template <typename Class>
int32_t space_of_prepared(void*, void* prepared) noexcept {
  try {
    return static_cast<int32_t>(static_cast<const Prepared*>(prepared)->explainer->space());
  } catch (...) {
    return -1;  // the host tells that it is none
  }
}

template <typename Class>
void destroy_prepared(void*, void* prepared) noexcept {
  delete static_cast<Prepared*>(prepared);
}

template <typename Class>
inline constexpr veleta_explainer kExplainerVerbs{
    sizeof(veleta_explainer),    &prepare<Class>,  &explain<Class>,      &destroy_prepared<Class>,
    &explain_with_errors<Class>, &interact<Class>, &explain_loss<Class>, &describe_prepared<Class>,
    &space_of_prepared<Class>};

template <typename Class>
constexpr uint32_t explainer_flags() {
  if constexpr (requires { Class::kFlags; })
    return Class::kFlags;
  else
    return 0;
}

}  // namespace detail
#pragma GCC visibility pop
}  // namespace veleta

/// VELETA_EXPLAINER(Class, "name", "version", parameters…) makes a plugin of Class.
#define VELETA_EXPLAINER(Class, name, version, ...)                                       \
  VELETA_DETAIL_PLUGIN(VELETA_KIND_EXPLAINER, ::veleta::detail::explainer_flags<Class>(), \
                       &::veleta::detail::kExplainerVerbs<Class>, Class, name, version, __VA_ARGS__)
