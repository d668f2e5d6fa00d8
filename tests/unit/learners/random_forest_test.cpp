#include <dlib/random_forest.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>

#include "made_rows.hpp"
#include "plugin_under_test.hpp"
#include "trees/read.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

/// What dlib's own trees say, each grown with the seed that the plugin gives it.
double mean_of_dlibs_trees(const MadeRows& train, int trees, uint64_t seed, const float* row) {
  std::vector<dlib::matrix<double, 0, 1>> rows;
  for (size_t i = 0; i < train.rows; ++i)
    rows.push_back(dlib::matrix_cast<double>(dlib::mat(train.view().row(i), static_cast<long>(train.columns))));
  dlib::random_forest_regression_trainer<dlib::dense_feature_extractor> trainer;
  trainer.set_num_trees(1);
  trainer.set_min_samples_per_leaf(20);
  double sum = 0;
  for (int tree = 0; tree < trees; ++tree) {
    trainer.set_seed(std::to_string(seed) + ":" + std::to_string(tree) + ":");
    const auto forest = trainer.train(rows, train.target);
    sum += forest(dlib::matrix_cast<double>(dlib::mat(row, static_cast<long>(train.columns))));
  }
  return sum / trees;
}

/// Features that never repeat: nothing for the plugin to mend in dlib's trees.
MadeRows distinct_rows(Task task, size_t count, uint32_t seed) {
  MadeRows rows(task, count, 6, 0, seed);
  for (size_t row = 0; row < count; ++row) rows.values[row * 6 + 5] = rows.values[row * 6] * 0.5f;
  return rows;
}

TEST(RandomForest, PredictsWhatDlibPredicts) {
  for (const Task task : {Task::kRegression, Task::kBinary}) {
    const MadeRows train = distinct_rows(task, 300, 1), fresh = distinct_rows(task, 20, 2);
    const LearnerUnderTest learner("random_forest", {{"trees", int64_t{10}}});
    const auto predictions = learner.train(training_of(task, train, train))->predict(fresh.view());
    for (size_t row = 0; row < fresh.rows; ++row)
      EXPECT_NEAR(predictions[row], mean_of_dlibs_trees(train, 10, 7, fresh.view().row(row)), 1e-9);
  }
}

TEST(RandomForest, ViewGivesThePredictionsAndCoversAddUp) {
  for (const Task task : {Task::kRegression, Task::kBinary}) {
    const MadeRows train(task, 500, 6, 0, 3);
    const LearnerUnderTest learner("random_forest", {{"trees", int64_t{20}}});
    const auto model = learner.train(training_of(task, train, train));
    const veleta_trees trees = model->trees();
    EXPECT_EQ(trees.tree_count, 20u);
    const auto predictions = model->predict(train.view());
    for (size_t row = 0; row < train.rows; ++row)
      EXPECT_EQ(predictions[row], margin_by_view(trees, train.view().row(row)));
    for (size_t node = 0; node < trees.node_count; ++node) {
      if (trees.feature[node] < 0) continue;
      EXPECT_EQ(trees.cover[node], trees.cover[trees.left[node]] + trees.cover[trees.right[node]]);
      EXPECT_GT(trees.cover[trees.left[node]], 0);
      EXPECT_GT(trees.cover[trees.right[node]], 0);
    }
  }
}

TEST(RandomForest, SavesAFileThatReadersOfTreesKnow) {
  const MadeRows train(Task::kRegression, 300, 5, 0, 1);
  const LearnerUnderTest learner("random_forest", {{"trees", int64_t{7}}});
  const auto model = learner.train(training_of(Task::kRegression, train, train));
  const TreeModel read = read_tree_model(model->save());
  EXPECT_EQ(read.format, "Veleta random_forest");
  EXPECT_EQ(read.columns, 5u);
  const veleta_trees trees = to_abi(read.trees), expected = model->trees();
  ASSERT_EQ(trees.node_count, expected.node_count);
  EXPECT_EQ(std::accumulate(trees.cover, trees.cover + trees.node_count, 0.0),
            std::accumulate(expected.cover, expected.cover + expected.node_count, 0.0));
  const auto predictions = model->predict(train.view());
  for (size_t row = 0; row < train.rows; ++row)
    ASSERT_EQ(margin_by_view(trees, train.view().row(row)), predictions[row]);
  EXPECT_THROW(read_tree_model(model->save() + "x"), Error);
  EXPECT_THROW(read_tree_model(model->save().substr(0, 2000)), Error);
}

TEST(RandomForest, ProbabilitiesStayBetweenZeroAndOne) {
  MadeRows rows(Task::kBinary, 400, 4, 0, 4);
  for (size_t row = 0; row < rows.rows; ++row) rows.target[row] = rows.view().at(row, 0) > 0;
  const LearnerUnderTest learner("random_forest", {{"feature_fraction", 1.0}});
  const auto predictions = learner.train(training_of(Task::kBinary, rows, rows))->predict(rows.view());
  const auto [least, most] = std::minmax_element(predictions.begin(), predictions.end());
  EXPECT_EQ(*least, 0);
  EXPECT_LE(*most, 1);
  EXPECT_NEAR(*most, 1, 1e-12);
}

TEST(RandomForest, LearnsFromAnEvenSampleAndSaysSo) {
  MadeRows rows(Task::kRegression, 5000, 4, 0, 5);
  const LearnerUnderTest learner("random_forest", {{"max_rows", int64_t{1000}}, {"trees", int64_t{2}}});
  const auto model = learner.train(training_of(Task::kRegression, rows, rows));
  ASSERT_EQ(learner.warnings.size(), 1u);
  EXPECT_THAT(learner.warnings[0], HasSubstr("1000 of the 5000 rows"));
  EXPECT_EQ(model->trees().cover[0], 1000);
  const auto other = learner.train(training_of(Task::kRegression, rows, rows, 1, 8));
  EXPECT_NE(model->save(), other->save());
}

// dlib alone makes a chain of one-row leaves here, in time that grows with the square of the rows.
TEST(RandomForest, GivesEachGroupOfIdenticalRowsItsMean) {
  MadeRows rows(Task::kRegression, 9000, 4, 0, 6);
  for (size_t row = 0; row < rows.rows; ++row) {
    for (size_t column = 0; column < 4; ++column) rows.values[row * 4 + column] = row % 3 == column;
    rows.target[row] = static_cast<double>(row % 3 * 100 + row % 2);
  }
  const LearnerUnderTest learner("random_forest", {{"trees", int64_t{20}}, {"feature_fraction", 1.0}});
  const auto model = learner.train(training_of(Task::kRegression, rows, rows));
  EXPECT_THAT(learner.warnings.at(0), HasSubstr("leaves out 7500 rows"));
  const auto predictions = model->predict(rows.view());
  for (size_t row = 0; row < 3; ++row) EXPECT_NEAR(predictions[row], static_cast<double>(row) * 100 + 0.5, 0.1);
  EXPECT_LE(model->trees().node_count, 20u * 5);
}

TEST(RandomForest, StopsWhenCancelled) {
  const MadeRows rows(Task::kRegression, 300, 4, 0, 7);
  LearnerUnderTest learner("random_forest");
  learner.cancelled = true;
  try {
    learner.train(training_of(Task::kRegression, rows, rows, 2));
    FAIL() << "trained to the end";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
}

TEST(RandomForest, RefusesChildrenThatPointBackwards) {
  const MadeRows rows(Task::kRegression, 100, 4, 0, 8);
  const LearnerUnderTest learner("random_forest", {{"trees", int64_t{1}}});
  const auto model = learner.train(training_of(Task::kRegression, rows, rows));
  std::string bytes = model->save();
  const size_t nodes = model->trees().node_count;
  // Behind the head: columns, roots (count and one), features, thresholds; then the left children, behind their count.
  const size_t left_children = std::string("veleta random_forest 1\n").size() + 8 + 12 + 2 * (8 + 4 * nodes) + 8;
  ASSERT_EQ(bytes[left_children], 1) << "the root's left child comes next";
  bytes[left_children] = 0;
  EXPECT_THROW(learner.load(bytes, 4), Error);
}

}  // namespace
}  // namespace veleta::testing
