#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <thread>

#include "made_rows.hpp"
#include "plugin_under_test.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

const Settings kFewRounds{{"rounds", int64_t{40}}};

double mean_absolute_error(const std::vector<double>& actual, const std::vector<double>& predicted) {
  double sum = 0;
  for (size_t i = 0; i < actual.size(); ++i) sum += std::abs(actual[i] - predicted[i]);
  return sum / static_cast<double>(actual.size());
}

class XgboostOnBothTasks : public ::testing::TestWithParam<Task> {};
INSTANTIATE_TEST_SUITE_P(Tasks, XgboostOnBothTasks, ::testing::Values(Task::kRegression, Task::kBinary));

TEST_P(XgboostOnBothTasks, ViewGivesTheVeryMarginsOfXgboost) {
  const MadeRows train(GetParam(), 2000, 6, 0.1, 1), other(GetParam(), 500, 6, 0.1, 2);
  const LearnerUnderTest learner("xgboost", kFewRounds);
  const auto model = learner.train(training_of(GetParam(), train, other));
  const veleta_trees trees = model->trees();
  EXPECT_EQ(trees.link, GetParam() == Task::kBinary ? VELETA_LOGISTIC : VELETA_IDENTITY);
  const auto predictions = model->predict(other.view());
  for (size_t row = 0; row < other.rows; ++row) {
    const double margin = margin_by_view(trees, other.view().row(row));
    ASSERT_EQ(GetParam() == Task::kBinary ? logistic(margin) : margin, predictions[row]) << "row " << row;
  }
}

TEST_P(XgboostOnBothTasks, ViewHasChildrenBehindParentsAndCoversThatAddUp) {
  const MadeRows train(GetParam(), 2000, 6, 0.1, 1);
  const LearnerUnderTest learner("xgboost", kFewRounds);
  const auto model = learner.train(training_of(GetParam(), train, train));
  const veleta_trees trees = model->trees();
  ASSERT_EQ(trees.tree_count, 40u);
  for (size_t node = 0; node < trees.node_count; ++node) {
    if (trees.feature[node] < 0) continue;
    ASSERT_GT(trees.left[node], node);
    ASSERT_GT(trees.right[node], node);
    ASSERT_LT(trees.right[node], trees.node_count);
    const double below = trees.cover[trees.left[node]] + trees.cover[trees.right[node]];
    EXPECT_NEAR(below, trees.cover[node], 1e-5 * trees.cover[node]);
  }
}

TEST_P(XgboostOnBothTasks, BytesAreTheSameWhateverTheThreads) {
  const MadeRows train(GetParam(), 30000, 6, 0.05, 3), validation(GetParam(), 1000, 6, 0.05, 4);
  Settings settings{{"rounds", int64_t{12}}};
  settings["subsample"] = 0.7;
  settings["colsample"] = 0.7;
  const LearnerUnderTest learner("xgboost", settings);
  const auto bytes = learner.train(training_of(GetParam(), train, validation, 1))->save();
  EXPECT_EQ(bytes, learner.train(training_of(GetParam(), train, validation, 1))->save());
  EXPECT_EQ(bytes, learner.train(training_of(GetParam(), train, validation, 2))->save());
  EXPECT_EQ(bytes, learner.train(training_of(GetParam(), train, validation, 3))->save());
  EXPECT_NE(bytes, learner.train(training_of(GetParam(), train, validation, 1, 8))->save());
}

TEST(Xgboost, BinsManyRowsAfterSomeOfThemAndLearnsTheSameWhateverTheThreads) {
  const MadeRows train(Task::kRegression, 250'000, 5, 0.02, 9), fresh(Task::kRegression, 1000, 5, 0, 10);
  const LearnerUnderTest learner("xgboost", {{"rounds", int64_t{30}}, {"learning_rate", 0.3}});
  const auto model = learner.train(training_of(Task::kRegression, train, fresh, 1));
  EXPECT_EQ(model->save(), learner.train(training_of(Task::kRegression, train, fresh, 3))->save());
  EXPECT_LT(mean_absolute_error(fresh.target, model->predict(fresh.view())), 0.12);
}

TEST(Xgboost, LearnsTheRuleByEachObjective) {
  const MadeRows train(Task::kRegression, 4000, 5, 0, 6), fresh(Task::kRegression, 1000, 5, 0, 7);
  for (const std::string objective : {"squared_error", "absolute_error", "pseudo_huber"}) {
    const LearnerUnderTest learner("xgboost", {{"objective", objective}, {"colsample", 1.0}});
    const auto model = learner.train(training_of(Task::kRegression, train, fresh));
    // The target's own mean absolute deviation is 1.7; the noise's, which nobody can predict, 0.08.
    EXPECT_LT(mean_absolute_error(fresh.target, model->predict(fresh.view())), 0.3) << objective;
  }
}

TEST(Xgboost, StopsEarlyAndKeepsTheBestRound) {
  const MadeRows train(Task::kBinary, 600, 5, 0, 8), validation(Task::kBinary, 600, 5, 0, 9);
  const LearnerUnderTest learner("xgboost", {{"rounds", int64_t{2000}}, {"early_stopping_rounds", int64_t{10}}});
  const auto model = learner.train(training_of(Task::kBinary, train, validation));
  const auto& losses = learner.metrics.at("validation_logloss");
  const auto best = std::min_element(losses.begin(), losses.end()) - losses.begin();
  EXPECT_EQ(model->trees().tree_count, static_cast<size_t>(best + 1));
  EXPECT_EQ(losses.size(), static_cast<size_t>(best + 11));

  double loss = 0;
  const auto predictions = model->predict(validation.view());
  for (size_t row = 0; row < validation.rows; ++row)
    loss -= std::log(validation.target[row] == 1 ? predictions[row] : 1 - predictions[row]);
  EXPECT_NEAR(loss / 600, losses[static_cast<size_t>(best)], 1e-6);
}

TEST(Xgboost, TrainsAllRoundsWithoutValidationRows) {
  const MadeRows train(Task::kRegression, 300, 5, 0, 10), none(Task::kRegression, 0, 5, 0, 10);
  const LearnerUnderTest learner("xgboost", kFewRounds);
  EXPECT_EQ(learner.train(training_of(Task::kRegression, train, none))->trees().tree_count, 40u);
  EXPECT_EQ(learner.progress.back(), 1.0);
}

TEST(Xgboost, PredictsInManyThreadsAtOnce) {
  const MadeRows train(Task::kRegression, 500, 5, 0.1, 11);
  const LearnerUnderTest learner("xgboost", kFewRounds);
  const auto model = learner.load(learner.train(training_of(Task::kRegression, train, train))->save(), 5);
  const auto expected = model->predict(train.view());
  std::vector<std::vector<double>> found(4);
  std::vector<std::thread> threads;
  for (auto& predictions : found)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) predictions = model->predict(train.view());
    });
  for (auto& thread : threads) thread.join();
  for (const auto& predictions : found) EXPECT_EQ(predictions, expected);
}

TEST(Xgboost, KeepsFeatureNamesInTheModel) {
  const MadeRows train(Task::kRegression, 300, 4, 0, 12);
  Training training = training_of(Task::kRegression, train, train);
  const char* names[] = {"size", "baths", "lot", "state is Utah"};
  training.train.names = names;
  const LearnerUnderTest learner("xgboost", kFewRounds);
  EXPECT_THAT(learner.train(training)->save(), HasSubstr("state is Utah"));
}

TEST(Xgboost, StopsWhenCancelled) {
  const MadeRows train(Task::kRegression, 300, 4, 0, 13);
  LearnerUnderTest learner("xgboost", kFewRounds);
  learner.cancelled = true;
  try {
    learner.train(training_of(Task::kRegression, train, train));
    FAIL() << "trained to the end";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
}

TEST(Xgboost, SaysWhatIsWrongWithInfiniteFeatures) {
  MadeRows train(Task::kRegression, 300, 4, 0, 15);
  const LearnerUnderTest learner("xgboost", kFewRounds);
  train.values[7] = std::numeric_limits<float>::infinity();
  try {
    learner.train(training_of(Task::kRegression, train, train));
    FAIL() << "trained on an infinite feature";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("inf"));
  }
}

}  // namespace
}  // namespace veleta::testing
