#include <gtest/gtest.h>
#include <cmath>
#include <map>
#include <numeric>

#include "made_rows.hpp"
#include "plugin_under_test.hpp"

namespace veleta::testing {
namespace {

constexpr size_t kColumns = 6;

double link(int32_t link, double margin) { return link == VELETA_LOGISTIC ? logistic(margin) : margin; }

/// Base value and attributions, through the link, must be what the learner itself predicts.
void expect_adds_up(const ExplainerUnderTest& explainer, int32_t link_of_view, const ModelUnderTest& model,
                    const MadeRows& rows) {
  const Attributions found = explainer.explain(rows.view());
  const auto predictions = model.predict(rows.view());
  for (size_t row = 0; row < rows.rows; ++row) {
    const double* values = &found.values[row * kColumns];
    const double sum = std::accumulate(values, values + kColumns, found.base_value);
    EXPECT_NEAR(link(link_of_view, sum), predictions[row], 1e-6 * (1 + std::abs(predictions[row])));
  }
}

class EveryLearner : public ::testing::TestWithParam<Task> {};
INSTANTIATE_TEST_SUITE_P(Tasks, EveryLearner, ::testing::Values(Task::kRegression, Task::kBinary));

TEST_P(EveryLearner, OfTreesIsExplainedByTreeShap) {
  const MadeRows train(GetParam(), 800, kColumns, 0, 1), rows(GetParam(), 30, kColumns, 0, 2);
  // XGBoost adds its trees up in single precision, which tells on the sixth digit where they are many.
  const std::map<std::string, Settings> learners{{"xgboost", {{"rounds", int64_t{100}}}}, {"random_forest", {}}};
  for (const auto& [name, settings] : learners) {
    const LearnerUnderTest learner(name, settings);
    const auto model = learner.train(training_of(GetParam(), train, train));
    const veleta_trees trees = model->trees();
    expect_adds_up({"tree_shap", kColumns, &trees, nullptr}, trees.link, *model, rows);
    EXPECT_THROW(model->linear(), Error);
  }
}

TEST_P(EveryLearner, OfLinesIsExplainedByLinearShap) {
  const MadeRows train(GetParam(), 800, kColumns, 0, 1), rows(GetParam(), 30, kColumns, 0, 2);
  const LearnerUnderTest learner("ridge");
  const auto model = learner.train(training_of(GetParam(), train, train));
  const veleta_linear linear = model->linear();
  expect_adds_up({"linear_shap", kColumns, nullptr, &linear}, linear.link, *model, rows);
  EXPECT_THROW(model->trees(), Error);
}

}  // namespace
}  // namespace veleta::testing
