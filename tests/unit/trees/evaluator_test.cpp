#include "trees/evaluator.hpp"

#include <gmock/gmock.h>
#include <cmath>

#include "veleta/error.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;

/// The tree of XGBoost's test_shap.py: 1 where both features are 0.5 or more; missing goes left at the root, right
/// below.
struct AndTree {
  TreeEnsemble trees;

  AndTree() {
    trees.roots = {0};
    trees.feature = {0, -1, 1, -1, -1};
    trees.threshold = {0.5F, 0, 0.5F, 0, 0};
    trees.left = {1, 0, 3, 0, 0};
    trees.right = {2, 0, 4, 0, 0};
    trees.default_left = {1, 0, 0, 0, 0};
    trees.value = {0, 0, 0, 0, 1};
    trees.cover = {4, 2, 2, 1, 1};
  }

  veleta_trees view(double base_margin = 0, bool single_precision = false) {
    trees.base_margin = base_margin;
    trees.single_precision = single_precision;
    return to_abi(trees);
  }
};

std::vector<double> evaluate(const veleta_trees& trees, const std::vector<float>& values) {
  std::vector<double> margins(values.size() / 2);
  TreeEvaluator(trees, 2).margins({values.data(), values.size() / 2, 2, {}}, margins);
  return margins;
}

TEST(Evaluator, WalksATree) {
  const std::vector<float> rows{1, 1, 1, 0, 0, 1, 0, 0};
  EXPECT_THAT(evaluate(AndTree().view(0.25), rows), ElementsAre(1.25, 0.25, 0.25, 0.25));
}

TEST(Evaluator, GoesRightOnTheThresholdItself) {
  const float below = std::nextafter(0.5F, 0.0F);
  const std::vector<float> rows{0.5F, 0.5F, below, 0.5F};
  EXPECT_THAT(evaluate(AndTree().view(), rows), ElementsAre(1, 0));
}

TEST(Evaluator, SendsMissingToTheDefaultSide) {
  const std::vector<float> rows{NAN, 1, 1, NAN};
  EXPECT_THAT(evaluate(AndTree().view(), rows), ElementsAre(0, 1));
}

TEST(Evaluator, AddsUpInThePrecisionThatTheViewNames) {
  AndTree trees;
  trees.trees.roots.assign(10, 0);
  trees.trees.value[4] = 0.1;
  const std::vector<float> row{1, 1};
  float single_sum = 0.5F;
  double double_sum = 0.5;
  for (int tree = 0; tree < 10; ++tree) {
    single_sum += 0.1F;
    double_sum += 0.1;
  }
  ASSERT_NE(static_cast<double>(single_sum), double_sum);
  EXPECT_THAT(evaluate(trees.view(0.5, true), row), ElementsAre(static_cast<double>(single_sum)));
  EXPECT_THAT(evaluate(trees.view(0.5, false), row), ElementsAre(double_sum));
}

TEST(Evaluator, GivesEachOfManyRowsItsOwnMargin) {
  std::vector<float> rows;
  for (size_t row = 0; row < 1000; ++row) rows.insert(rows.end(), {1, row % 3 == 0 ? 1.0F : 0.0F});
  const auto margins = evaluate(AndTree().view(), rows);
  for (size_t row = 0; row < 1000; ++row) EXPECT_EQ(margins[row], row % 3 == 0 ? 1 : 0) << row;
}

TEST(Evaluator, SaysHowItKeepsItsTrees) {
  AndTree trees;
  EXPECT_THAT(TreeEvaluator(trees.view(), 2, {TreeLayout::kAutomatic, Instructions::kScalar}).layout(),
              ::testing::MatchesRegex("1 tree padded to depth 2, [0-9]+ KB, scalar"));
  EXPECT_THAT(TreeEvaluator(trees.view(), 2, {TreeLayout::kFlat, Instructions::kScalar}).layout(),
              ::testing::MatchesRegex("1 tree kept flat, [0-9]+ KB, scalar"));
}

TEST(Evaluator, RefusesRowsOfOtherWidthAndMarginsOfOtherNumber) {
  AndTree trees;
  const TreeEvaluator evaluator(trees.view(), 2);
  const std::vector<float> values(6);
  std::vector<double> margins(2);
  EXPECT_THROW(evaluator.margins({values.data(), 2, 3, {}}, margins), Error);
  EXPECT_THROW(evaluator.margins({values.data(), 3, 2, {}}, margins), Error);
}

}  // namespace
}  // namespace veleta
