#include "plugin_under_test.hpp"

#include <cstring>
#include <stdexcept>

namespace veleta::testing {
namespace {

const veleta_plugin* find(int32_t kind, const std::string& name) {
  const veleta_library* library = veleta_library_entry(VELETA_ABI_VERSION);
  for (size_t i = 0; i < library->plugin_count; ++i)
    if (library->plugins[i]->kind == kind && library->plugins[i]->name == name) return library->plugins[i];
  throw std::out_of_range("no plugin " + name + " is linked into this test");
}

veleta_value default_value(const veleta_param& param) {
  return {sizeof(veleta_value),  param.name,         param.type, param.default_number,
          param.default_integer, param.default_text, nullptr,    0};
}

void apply(const Settings::mapped_type& setting, veleta_value& value) {
  if (value.type == VELETA_NUMBER) value.number = std::get<double>(setting);
  if (value.type == VELETA_INTEGER || value.type == VELETA_FLAG) value.integer = std::get<int64_t>(setting);
  if (value.type == VELETA_TEXT) value.text = std::get<std::string>(setting).c_str();
}

std::vector<veleta_value> values_of(const veleta_plugin& plugin, const Settings& settings) {
  std::vector<veleta_value> values;
  size_t applied = 0;
  for (size_t i = 0; i < plugin.param_count; ++i) {
    values.push_back(default_value(*plugin.params[i]));
    const auto setting = settings.find(plugin.params[i]->name);
    if (setting != settings.end()) apply(setting->second, values.back()), ++applied;
  }
  if (applied != settings.size()) throw std::out_of_range("a setting is no parameter of " + std::string(plugin.name));
  return values;
}

veleta_matrix raw(const MatrixView& rows) {
  return {sizeof(veleta_matrix), rows.values, rows.rows, rows.columns,
          rows.names.empty() ? nullptr : rows.names.data()};
}

PluginUnderTest& self(void* context) { return *static_cast<PluginUnderTest*>(context); }

veleta_status append(void* context, const void* bytes, size_t count) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(bytes), count);
  return VELETA_OK;
}

}  // namespace

PluginUnderTest::PluginUnderTest(int32_t kind, const std::string& name, const Settings& settings)
    : plugin_(find(kind, name)) {
  host_ = {
      sizeof host_,
      this,
      [](void* context, const char* message) { self(context).error_ = message; },
      [](void* context, int32_t level, const char* message) {
        if (level == VELETA_LOG_WARNING) self(context).warnings.emplace_back(message);
      },
      [](void* context, double fraction, const char*) { self(context).progress.push_back(fraction); },
      [](void* context) { return int32_t{self(context).cancelled}; },
      [](void* context, const char* metric, double value, int64_t) { self(context).metrics[metric].push_back(value); }};
  const auto values = values_of(*plugin_, settings);
  std::vector<const veleta_value*> pointers;
  for (const auto& value : values) pointers.push_back(&value);
  check(plugin_->create(&host_, pointers.data(), pointers.size(), &instance_));
}

PluginUnderTest::~PluginUnderTest() { plugin_->destroy(instance_); }

void PluginUnderTest::check(veleta_status status) const {
  if (status != VELETA_OK) throw Error(static_cast<ErrorCode>(status), error_);
}

std::unique_ptr<ModelUnderTest> LearnerUnderTest::train(const Training& training) const {
  const veleta_matrix train = raw(training.train), validation = raw(training.validation);
  const veleta_training abi{
      sizeof abi, static_cast<int32_t>(training.task), training.threads, training.seed,
      &train,     training.train_target.data(),        &validation,      training.validation_target.data()};
  void* model = nullptr;
  check(verbs<veleta_learner>().train(instance(), &abi, &model));
  return std::make_unique<ModelUnderTest>(*this, model);
}

std::unique_ptr<ModelUnderTest> LearnerUnderTest::load(const std::string& bytes) const {
  void* model = nullptr;
  check(verbs<veleta_learner>().load(instance(), bytes.data(), bytes.size(), &model));
  return std::make_unique<ModelUnderTest>(*this, model);
}

ModelUnderTest::~ModelUnderTest() { learner_.verbs<veleta_learner>().destroy_model(learner_.instance(), model_); }

std::string ModelUnderTest::save() const {
  std::string bytes;
  const veleta_writer writer{sizeof writer, &bytes, append};
  learner_.check(learner_.verbs<veleta_learner>().save(learner_.instance(), model_, &writer));
  return bytes;
}

std::vector<double> ModelUnderTest::predict(const MatrixView& rows) const {
  std::vector<double> predictions(rows.rows);
  const veleta_matrix matrix = raw(rows);
  learner_.check(learner_.verbs<veleta_learner>().predict(learner_.instance(), model_, &matrix, predictions.data()));
  return predictions;
}

veleta_trees ModelUnderTest::trees() const {
  veleta_trees view{};
  view.size = sizeof view;
  learner_.check(learner_.verbs<veleta_learner>().view_trees(learner_.instance(), model_, &view));
  return view;
}

veleta_linear ModelUnderTest::linear() const {
  veleta_linear view{};
  view.size = sizeof view;
  learner_.check(learner_.verbs<veleta_learner>().view_linear(learner_.instance(), model_, &view));
  return view;
}

ExplainerUnderTest::ExplainerUnderTest(const std::string& name, size_t columns, const veleta_trees* trees,
                                       const veleta_linear* linear)
    : PluginUnderTest(VELETA_KIND_EXPLAINER, name, {}) {
  const veleta_matrix background{sizeof background, nullptr, 0, columns, nullptr};
  const veleta_explainable model{sizeof model, columns, trees, linear, nullptr, nullptr, &background};
  check(verbs<veleta_explainer>().prepare(instance(), &model, &prepared_));
}

ExplainerUnderTest::~ExplainerUnderTest() { verbs<veleta_explainer>().destroy_prepared(instance(), prepared_); }

Attributions ExplainerUnderTest::explain(const MatrixView& rows) const {
  Attributions result{0, std::vector<double>(rows.rows * rows.columns)};
  const veleta_matrix matrix = raw(rows);
  check(verbs<veleta_explainer>().explain(instance(), prepared_, &matrix, result.values.data(), &result.base_value));
  return result;
}

}  // namespace veleta::testing
