#include "plugin_under_test.hpp"

namespace veleta::testing {

std::vector<double> ModelUnderTest::predict(const MatrixView& rows) const {
  std::vector<double> predictions(rows.rows);
  model_->predict(rows, predictions);
  return predictions;
}

veleta_trees ModelUnderTest::trees() const {
  const veleta_trees* view = model_->trees(columns_);
  if (!view) throw Error(ErrorCode::kUnsupported, "the model is not made of trees");
  return *view;
}

veleta_linear ModelUnderTest::linear() const {
  const veleta_linear* view = model_->linear(columns_);
  if (!view) throw Error(ErrorCode::kUnsupported, "the model is not linear");
  return *view;
}

LearnerUnderTest::LearnerUnderTest(const std::string& name, const Settings& settings) {
  PluginServices services;
  services.log = [this](int level, const std::string& message) {
    if (level == VELETA_LOG_WARNING) warnings.push_back(message);
  };
  services.progress = [this](double fraction, const std::string&) { progress.push_back(fraction); };
  services.is_cancelled = [this] { return cancelled; };
  services.metric = [this](const std::string& metric, double value, int64_t) { metrics[metric].push_back(value); };
  learner_ = linked_plugins().create_learner(name, values_for(PluginKind::kLearner, name, settings), services);
}

std::unique_ptr<ModelUnderTest> LearnerUnderTest::train(const Training& training) const {
  return std::make_unique<ModelUnderTest>(learner_->train(training), training.train.columns);
}

std::unique_ptr<ModelUnderTest> LearnerUnderTest::load(const std::string& bytes, size_t columns) const {
  return std::make_unique<ModelUnderTest>(learner_->load(bytes), columns);
}

ExplainerUnderTest::ExplainerUnderTest(const std::string& name, size_t columns, const veleta_trees* trees,
                                       const veleta_linear* linear)
    : prepared_(linked_plugins()
                    .create_explainer(name, values_for(PluginKind::kExplainer, name, {}), {})
                    ->prepare({columns, trees, linear, {nullptr, 0, columns, {}}, {}})) {}

Attributions ExplainerUnderTest::explain(const MatrixView& rows) const {
  Attributions result{0, std::vector<double>(rows.rows * rows.columns)};
  result.base_value = prepared_->explain(rows, result.values);
  return result;
}

}  // namespace veleta::testing
