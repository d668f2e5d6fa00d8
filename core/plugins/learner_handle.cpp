#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "abi_values.hpp"
#include "instance.hpp"
#include "model_views.hpp"

namespace veleta {

namespace {

/// A view, or nothing where the learner or this model has none.
template <typename View, typename Function>
std::optional<View> view_of(const PluginInstance& plugin, Function function, void* model) {
  if (!function) return std::nullopt;
  View view{};
  view.size = sizeof view;
  try {
    plugin.call(function, plugin.get(), model, &view);
    return view;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnsupported) return std::nullopt;
    throw;
  }
}

void require_rows(size_t rows, size_t targets) {
  if (rows != targets)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} rows come with {} targets", rows, targets));
}

}  // namespace

LearnerHandle::LearnerHandle(std::unique_ptr<PluginInstance> instance) : instance_(std::move(instance)) {}
LearnerHandle::~LearnerHandle() = default;

const std::string& LearnerHandle::name() const { return instance_->name(); }
bool LearnerHandle::needs_complete() const { return (instance_->flags() & VELETA_NEEDS_COMPLETE) != 0; }

std::unique_ptr<ModelHandle> LearnerHandle::train(const Training& training) {
  require_rows(training.train.rows, training.train_target.size());
  require_rows(training.validation.rows, training.validation_target.size());
  const veleta_matrix train = to_abi(training.train), validation = to_abi(training.validation);
  const veleta_training raw{
      sizeof raw, static_cast<int32_t>(training.task), training.threads, training.seed,
      &train,     training.train_target.data(),        &validation,      training.validation_target.data()};
  void* model = nullptr;
  instance_->call_alone(instance_->verbs<veleta_learner>().train, instance_->get(), &raw, &model);
  if (!model) instance_->broke_contract("train gave no model");
  return std::make_unique<ModelHandle>(shared_from_this(), model);
}

std::unique_ptr<ModelHandle> LearnerHandle::load(std::string_view bytes) {
  void* model = nullptr;
  instance_->call_alone(instance_->verbs<veleta_learner>().load, instance_->get(), bytes.data(), bytes.size(), &model);
  if (!model) instance_->broke_contract("load gave no model");
  return std::make_unique<ModelHandle>(shared_from_this(), model);
}

ModelHandle::ModelHandle(std::shared_ptr<LearnerHandle> learner, void* model)
    : learner_(std::move(learner)), model_(model) {
  const PluginInstance& plugin = *learner_->instance_;
  const auto& verbs = plugin.verbs<veleta_learner>();
  try {
    trees_ = view_of<veleta_trees>(plugin, optional_function(verbs, &veleta_learner::view_trees), model_);
    linear_ = view_of<veleta_linear>(plugin, optional_function(verbs, &veleta_learner::view_linear), model_);
  } catch (...) {
    plugin.give_back(verbs.destroy_model, model_);
    throw;
  }
}

ModelHandle::~ModelHandle() {
  const PluginInstance& plugin = *learner_->instance_;
  plugin.give_back(plugin.verbs<veleta_learner>().destroy_model, model_);
}

std::string ModelHandle::save() const {
  std::string bytes;
  const veleta_writer writer = writer_to(bytes);
  const PluginInstance& plugin = *learner_->instance_;
  plugin.call(plugin.verbs<veleta_learner>().save, plugin.get(), model_, &writer);
  return bytes;
}

void ModelHandle::predict(const MatrixView& rows, std::span<double> predictions) const {
  const PluginInstance& plugin = *learner_->instance_;
  require_rows(rows.rows, predictions.size());
  std::ranges::fill(predictions, DriftResult::kNone);  // what the plugin leaves out must not look like a prediction
  const veleta_matrix raw = to_abi(rows);
  plugin.call(plugin.verbs<veleta_learner>().predict, plugin.get(), model_, &raw, predictions.data());
  const auto wrong = std::ranges::find_if_not(predictions, [](double value) { return std::isfinite(value); });
  if (wrong != predictions.end())
    plugin.broke_contract(fmt::format("its prediction for row {} is {}", wrong - predictions.begin(), *wrong));
}

const veleta_trees* ModelHandle::trees(size_t columns) const {
  if (!trees_) return nullptr;
  check_trees(*learner_->instance_, *trees_, columns);
  return &*trees_;
}

const veleta_linear* ModelHandle::linear(size_t columns) const {
  if (!linear_) return nullptr;
  check_linear(*learner_->instance_, *linear_, columns);
  return &*linear_;
}

}  // namespace veleta
