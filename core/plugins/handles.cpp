#include "plugins/handles.hpp"

#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "instance.hpp"

namespace veleta {

namespace {

std::string text_or_nothing(const char* text) { return text ? text : ""; }
std::optional<std::string> optional_text(const char* text) { return text ? std::optional<std::string>(text) : std::nullopt; }

/// A veleta_writer that hands its bytes to a function, and keeps what the function throws for the host's side.
class FunctionWriter {
 public:
  explicit FunctionWriter(const std::function<void(std::string_view)>& sink) : sink_(sink) {}
  const veleta_writer* get() const { return &writer_; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static veleta_status write(void* context, const void* bytes, size_t byte_count) {
    auto& self = *static_cast<FunctionWriter*>(context);
    try {
      self.sink_({static_cast<const char*>(bytes), byte_count});
      return VELETA_OK;
    } catch (...) {
      self.failure_ = std::current_exception();
      return VELETA_INTERNAL;
    }
  }

  const std::function<void(std::string_view)>& sink_;
  std::exception_ptr failure_;
  veleta_writer writer_{sizeof(veleta_writer), this, &FunctionWriter::write};
};

veleta_matrix to_abi(const MatrixView& rows) {
  return {sizeof(veleta_matrix), rows.values, rows.rows, rows.columns, rows.names.data()};
}

// ---- Detectors.

veleta_numeric_window to_abi(const NumericSample& sample) {
  return {sizeof(veleta_numeric_window), sample.sorted.data(), sample.sorted.size(),     sample.row_count,
          sample.missing_count,          sample.mean,          sample.standard_deviation};
}

veleta_categorical_window to_abi(const CategoricalSample& sample) {
  return {sizeof(veleta_categorical_window), sample.labels.data(), sample.counts.data(), sample.labels.size(),
          sample.row_count, sample.missing_count};
}

DriftResult checked(const PluginInstance& plugin, const veleta_drift_result& raw) {
  if (!std::isfinite(raw.statistic)) plugin.broke_contract(fmt::format("its statistic is {}", raw.statistic));
  if (!std::isfinite(raw.effect) || raw.effect < 0) plugin.broke_contract(fmt::format("its effect is {}", raw.effect));
  if (!std::isfinite(raw.min_effect)) plugin.broke_contract(fmt::format("its min_effect is {}", raw.min_effect));
  if (std::isinf(raw.p_value) || raw.p_value < 0 || raw.p_value > 1)
    plugin.broke_contract(fmt::format("its p-value is {}", raw.p_value));
  DriftResult result{raw.statistic, raw.p_value, raw.effect, raw.min_effect, raw.detectable_effect, 0, {}};
  result.direction = raw.direction < 0 ? -1 : raw.direction > 0;
  result.detail.assign(raw.detail, strnlen(raw.detail, sizeof raw.detail));
  return result;
}

template <typename Window, typename Function>
DriftResult compare_windows(const PluginInstance& plugin, Function function, const Window& reference, const Window& current) {
  constexpr double kNone = DriftResult::kNone;
  veleta_drift_result raw{sizeof raw, kNone, kNone, kNone, kNone, kNone, 0, {}};
  plugin.call(function, plugin.get(), &reference, &current, &raw);
  return checked(plugin, raw);
}

// ---- Views of models.

void check_inner_node(const PluginInstance& plugin, const veleta_trees& trees, size_t node, size_t columns) {
  const auto is_below = [&](uint32_t child) { return child > node && child < trees.node_count; };
  if (trees.feature[node] < 0 || static_cast<size_t>(trees.feature[node]) >= columns)
    plugin.broke_contract(fmt::format("node {} tests feature {} of {}", node, trees.feature[node], columns));
  if (!is_below(trees.left[node]) || !is_below(trees.right[node]))
    plugin.broke_contract(fmt::format("node {} has a child outside its tree", node));
  if (std::isnan(trees.threshold[node])) plugin.broke_contract(fmt::format("node {} has no threshold", node));
}

void check_trees(const PluginInstance& plugin, const veleta_trees& trees, size_t columns) {
  if (trees.node_count > std::numeric_limits<uint32_t>::max()) plugin.broke_contract("the trees have too many nodes");
  if (!std::isfinite(trees.base_margin)) plugin.broke_contract(fmt::format("the base margin is {}", trees.base_margin));
  for (size_t tree = 0; tree < trees.tree_count; ++tree)
    if (trees.roots[tree] >= trees.node_count) plugin.broke_contract(fmt::format("tree {} has no root", tree));
  for (size_t node = 0; node < trees.node_count; ++node) {
    if (!(trees.cover[node] >= 0) || std::isinf(trees.cover[node]))
      plugin.broke_contract(fmt::format("node {} has the cover {}", node, trees.cover[node]));
    if (trees.feature[node] != -1)
      check_inner_node(plugin, trees, node, columns);
    else if (!std::isfinite(trees.value[node]))
      plugin.broke_contract(fmt::format("leaf {} adds {}", node, trees.value[node]));
  }
}

void check_linear(const PluginInstance& plugin, const veleta_linear& linear, size_t columns) {
  if (linear.columns != columns)
    plugin.broke_contract(fmt::format("the linear view has {} coefficients for {} features", linear.columns, columns));
  bool finite = std::isfinite(linear.intercept);
  for (size_t column = 0; column < columns; ++column)
    finite = finite && std::isfinite(linear.coefficients[column]) && std::isfinite(linear.means[column]);
  if (!finite) plugin.broke_contract("the linear view has a number that is not finite");
}

/// Fills a view, or leaves it empty where the model has none.
template <typename View, typename Function>
std::optional<View> view_of(const PluginInstance& plugin, Function function, void* model) {
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

}  // namespace

// ---- Source.

SourceHandle::SourceHandle(std::unique_ptr<PluginInstance> instance) : instance_(std::move(instance)) {}
SourceHandle::~SourceHandle() = default;

Batch SourceHandle::next(const std::optional<std::string>& cursor, const std::function<void(std::string_view)>& payload) {
  FunctionWriter writer(payload);
  veleta_batch raw{};
  raw.size = sizeof raw;
  try {
    instance_->call(instance_->verbs<veleta_source>().next, instance_->get(), cursor ? cursor->c_str() : nullptr, writer.get(), &raw);
  } catch (const Error&) {
    writer.rethrow();  // the host's own failure says more
    throw;
  }
  if (raw.outcome < VELETA_BATCH || raw.outcome > VELETA_NOTHING_NEW) instance_->broke_contract("it found no known outcome");
  Batch batch;
  batch.outcome = static_cast<Batch::Outcome>(raw.outcome);
  if (batch.outcome != Batch::Outcome::kBatch) return batch;
  if (raw.format < VELETA_ARROW_ROWS || raw.format > VELETA_CSV_ROWS) instance_->broke_contract("its batch has no known format");
  batch.format = static_cast<Batch::Format>(raw.format);
  if (batch.format == Batch::Format::kArrow && !raw.rows.release) instance_->broke_contract("its Arrow batch has no stream");
  batch.id = optional_text(raw.id);
  batch.cursor = optional_text(raw.cursor);
  batch.origin = text_or_nothing(raw.origin);
  batch.rows_pointer = text_or_nothing(raw.rows_pointer);
  batch.id_pointer = text_or_nothing(raw.id_pointer);
  batch.rows = raw.rows;
  return batch;
}

bool SourceHandle::rewind() {
  const auto& verbs = instance_->verbs<veleta_source>();
  if (!VELETA_HAS(verbs, rewind)) return false;
  try {
    instance_->call(verbs.rewind, instance_->get());
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnsupported) return false;
    throw;
  }
}

// ---- Detector.

DetectorHandle::DetectorHandle(std::unique_ptr<PluginInstance> instance) : instance_(std::move(instance)) {}
DetectorHandle::~DetectorHandle() = default;

bool DetectorHandle::compares_numbers() const { return VELETA_HAS(instance_->verbs<veleta_detector>(), compare_numeric); }
bool DetectorHandle::compares_categories() const { return VELETA_HAS(instance_->verbs<veleta_detector>(), compare_categorical); }

DriftResult DetectorHandle::compare(const NumericSample& reference, const NumericSample& current) {
  return compare_windows(*instance_, instance_->verbs<veleta_detector>().compare_numeric, to_abi(reference), to_abi(current));
}

DriftResult DetectorHandle::compare(const CategoricalSample& reference, const CategoricalSample& current) {
  return compare_windows(*instance_, instance_->verbs<veleta_detector>().compare_categorical, to_abi(reference), to_abi(current));
}

// ---- Learner and model.

LearnerHandle::LearnerHandle(std::unique_ptr<PluginInstance> instance) : instance_(std::move(instance)) {}
LearnerHandle::~LearnerHandle() = default;

const std::string& LearnerHandle::name() const { return instance_->name(); }
bool LearnerHandle::needs_complete() const { return (instance_->flags() & VELETA_NEEDS_COMPLETE) != 0; }

std::unique_ptr<ModelHandle> LearnerHandle::train(const Training& training) {
  const veleta_matrix train = to_abi(training.train), validation = to_abi(training.validation);
  const veleta_training raw{sizeof raw,
                            static_cast<int32_t>(training.task),
                            training.threads,
                            training.seed,
                            &train,
                            training.train_target.data(),
                            &validation,
                            training.validation_target.data()};
  void* model = nullptr;
  instance_->call(instance_->verbs<veleta_learner>().train, instance_->get(), &raw, &model);
  if (!model) instance_->broke_contract("train gave no model");
  return std::make_unique<ModelHandle>(shared_from_this(), model);
}

std::unique_ptr<ModelHandle> LearnerHandle::load(std::string_view bytes) {
  void* model = nullptr;
  instance_->call(instance_->verbs<veleta_learner>().load, instance_->get(), bytes.data(), bytes.size(), &model);
  if (!model) instance_->broke_contract("load gave no model");
  return std::make_unique<ModelHandle>(shared_from_this(), model);
}

ModelHandle::ModelHandle(std::shared_ptr<LearnerHandle> learner, void* model) : learner_(std::move(learner)), model_(model) {
  const PluginInstance& plugin = *learner_->instance_;
  const auto& verbs = plugin.verbs<veleta_learner>();
  if (VELETA_HAS(verbs, view_trees)) trees_ = view_of<veleta_trees>(plugin, verbs.view_trees, model_);
  if (VELETA_HAS(verbs, view_linear)) linear_ = view_of<veleta_linear>(plugin, verbs.view_linear, model_);
}

ModelHandle::~ModelHandle() {
  learner_->instance_->verbs<veleta_learner>().destroy_model(learner_->instance_->get(), model_);
}

std::string ModelHandle::save() const {
  std::string bytes;
  const std::function<void(std::string_view)> append = [&](std::string_view part) { bytes += part; };
  const FunctionWriter writer(append);
  const PluginInstance& plugin = *learner_->instance_;
  plugin.call(plugin.verbs<veleta_learner>().save, plugin.get(), model_, writer.get());
  return bytes;
}

void ModelHandle::predict(const MatrixView& rows, std::span<double> predictions) const {
  const PluginInstance& plugin = *learner_->instance_;
  const veleta_matrix raw = to_abi(rows);
  plugin.call(plugin.verbs<veleta_learner>().predict, plugin.get(), model_, &raw, predictions.data());
  for (size_t row = 0; row < rows.rows; ++row)
    if (!std::isfinite(predictions[row]))
      plugin.broke_contract(fmt::format("its prediction for row {} is {}", row, predictions[row]));
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

// ---- Explainer.

ExplainerHandle::ExplainerHandle(std::unique_ptr<PluginInstance> instance) : instance_(std::move(instance)) {}
ExplainerHandle::~ExplainerHandle() = default;

const std::string& ExplainerHandle::name() const { return instance_->name(); }

std::unique_ptr<PreparedHandle> ExplainerHandle::prepare(ExplainableModel model) {
  return std::make_unique<PreparedHandle>(shared_from_this(), std::move(model));
}

namespace {

veleta_status margin_of(void* context, const veleta_matrix* rows, double* margins) {
  try {
    const auto& model = *static_cast<const ExplainableModel*>(context);
    model.margin({rows->values, rows->rows, rows->columns, {rows->names, rows->names ? rows->columns : 0}}, {margins, rows->rows});
    return VELETA_OK;
  } catch (...) {
    return VELETA_INTERNAL;
  }
}

}  // namespace

PreparedHandle::PreparedHandle(std::shared_ptr<ExplainerHandle> explainer, ExplainableModel model)
    : explainer_(std::move(explainer)), model_(std::move(model)) {
  const veleta_matrix background = to_abi(model_.background);
  const veleta_explainable raw{sizeof raw, model_.columns, model_.trees, model_.linear, margin_of, &model_, &background};
  const PluginInstance& plugin = *explainer_->instance_;
  plugin.call(plugin.verbs<veleta_explainer>().prepare, plugin.get(), &raw, &prepared_);
  if (!prepared_) plugin.broke_contract("prepare gave nothing");
}

PreparedHandle::~PreparedHandle() {
  const PluginInstance& plugin = *explainer_->instance_;
  if (prepared_) plugin.verbs<veleta_explainer>().destroy_prepared(plugin.get(), prepared_);
}

double PreparedHandle::explain(const MatrixView& rows, std::span<double> attributions) const {
  const PluginInstance& plugin = *explainer_->instance_;
  const veleta_matrix raw = to_abi(rows);
  double base_value = DriftResult::kNone;
  plugin.call(plugin.verbs<veleta_explainer>().explain, plugin.get(), prepared_, &raw, attributions.data(), &base_value);
  bool finite = std::isfinite(base_value);
  for (size_t i = 0; i < rows.rows * rows.columns; ++i) finite = finite && std::isfinite(attributions[i]);
  if (!finite) plugin.broke_contract("an attribution is not finite");
  return base_value;
}

}  // namespace veleta
