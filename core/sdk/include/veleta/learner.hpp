#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "veleta/plugin.hpp"
#include "veleta/training.hpp"

namespace veleta {

/// A trained model. All const functions are called concurrently.
class Model {
 public:
  virtual ~Model() = default;
  /// The bytes that Learner::load makes an equal model of.
  virtual std::string save() const = 0;
  /// One number a row: a regression's value, the probability of class 1.
  virtual void predict(const MatrixView& rows, std::span<double> predictions) const = 0;
  /// The model's inside, where it has one that the host can evaluate and explainers can read; null: none.
  /// Belongs to the model.
  virtual const TreeEnsemble* trees() const { return nullptr; }
  virtual const LinearModel* linear() const { return nullptr; }
};

/// Makes models. Never called concurrently on one object.
class Learner {
 public:
  virtual ~Learner() = default;
  /// Throws Error: kUnsupported for a task it does not do, kInvalidArgument, kCancelled.
  virtual std::unique_ptr<Model> train(const Training& training) const = 0;
  /// Throws Error(kBadData) if `bytes` is not what save gave.
  virtual std::unique_ptr<Model> load(std::string_view bytes) const = 0;
};

#pragma GCC visibility push(hidden)
namespace detail {

inline MatrixView matrix(const veleta_matrix* from) {
  if (!from) return {};
  return {from->values, from->rows, from->columns, {from->names, from->names ? from->columns : 0}};
}

/// Gives a model away to the host, which destroys it.
inline void* released(std::unique_ptr<Model> model) {
  if (!model) throw Error(ErrorCode::kInternal, "the learner returned no model");
  return model.release();
}

inline void require_length(const char* member, size_t length, size_t expected) {
  if (length != expected)
    throw Error(ErrorCode::kInternal, std::string("the model's view has ") + std::to_string(length) + " of " + member +
                                          " where it needs " + std::to_string(expected));
}

inline void check_lengths(const TreeEnsemble& trees) {
  const size_t nodes = trees.feature.size();
  require_length("threshold", trees.threshold.size(), nodes);
  require_length("left", trees.left.size(), nodes);
  require_length("right", trees.right.size(), nodes);
  require_length("default_left", trees.default_left.size(), nodes);
  require_length("value", trees.value.size(), nodes);
  require_length("cover", trees.cover.size(), nodes);
  if (!trees.category_begin.empty()) {
    require_length("category_begin", trees.category_begin.size(), nodes + 1);
    require_length("category_words", trees.category_words.size(), trees.category_begin.back());
  }
  if (!trees.tree_output.empty()) require_length("tree_output", trees.tree_output.size(), trees.roots.size());
  if (!trees.base_margins.empty()) require_length("base_margins", trees.base_margins.size(), trees.outputs);
}

template <typename Class>
veleta_status train(void* instance, const veleta_training* from, void** model) noexcept {
  return call<Class>(instance, [&](const Learner& learner) {
    const MatrixView train = matrix(from->train), validation = matrix(from->validation);
    const Training training{static_cast<Task>(from->task),
                            from->threads,
                            from->seed,
                            train,
                            {from->train_target, train.rows},
                            validation,
                            {from->validation_target, validation.rows}};
    *model = released(learner.train(training));
  });
}

template <typename Class>
veleta_status save(void* instance, void* model, const veleta_writer* out) noexcept {
  return call<Class>(instance, [&](const Learner&) {
    const std::string bytes = static_cast<Model*>(model)->save();
    if (out->write(out->context, bytes.data(), bytes.size()) != VELETA_OK)
      throw Error(ErrorCode::kInternal, "the host could not keep the model");
  });
}

template <typename Class>
veleta_status load(void* instance, const void* bytes, size_t byte_count, void** model) noexcept {
  return call<Class>(instance, [&](const Learner& learner) {
    *model = released(learner.load({static_cast<const char*>(bytes), byte_count}));
  });
}

template <typename Class>
void destroy_model(void*, void* model) noexcept {
  delete static_cast<Model*>(model);
}

template <typename Class>
veleta_status predict(void* instance, void* model, const veleta_matrix* rows, double* predictions) noexcept {
  return call<Class>(instance, [&](const Learner&) {
    static_cast<const Model*>(model)->predict(matrix(rows), {predictions, rows->rows});
  });
}

template <typename Class>
veleta_status view_trees(void* instance, void* model, veleta_trees* out) noexcept {
  return call<Class>(instance, [&](const Learner&) {
    const TreeEnsemble* trees = static_cast<const Model*>(model)->trees();
    if (!trees) throw Error(ErrorCode::kUnsupported, "this model is not made of trees");
    check_lengths(*trees);
    fill(out, to_abi(*trees));
  });
}

template <typename Class>
veleta_status view_linear(void* instance, void* model, veleta_linear* out) noexcept {
  return call<Class>(instance, [&](const Learner&) {
    const LinearModel* linear = static_cast<const Model*>(model)->linear();
    if (!linear) throw Error(ErrorCode::kUnsupported, "this model is not linear");
    require_length("means", linear->means.size(), linear->coefficients.size());
    fill(out, veleta_linear{sizeof(veleta_linear), linear->coefficients.size(), linear->coefficients.data(),
                            linear->means.data(), linear->intercept, static_cast<int32_t>(linear->link)});
  });
}

template <typename Class>
inline constexpr veleta_learner kLearnerVerbs{sizeof(veleta_learner), &train<Class>,         &save<Class>,
                                              &load<Class>,           &destroy_model<Class>, &predict<Class>,
                                              &view_trees<Class>,     &view_linear<Class>};

}  // namespace detail
#pragma GCC visibility pop
}  // namespace veleta

/// VELETA_LEARNER(Class, flags, "name", "version", parameters…) makes a plugin of Class. flags: 0, or
/// VELETA_NEEDS_COMPLETE for a learner that cannot take missing values.
#define VELETA_LEARNER(Class, flags, name, version, ...)                                                          \
  VELETA_DETAIL_PLUGIN(VELETA_KIND_LEARNER, flags, &::veleta::detail::kLearnerVerbs<Class>, Class, name, version, \
                       __VA_ARGS__)
