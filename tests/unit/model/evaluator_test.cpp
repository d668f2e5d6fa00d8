#include "trees/evaluator.hpp"

#include <gmock/gmock.h>

#include "model/matrix.hpp"
#include "tables.hpp"

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

std::vector<double> evaluate(const veleta_trees& trees, Matrix rows) {
  std::vector<double> margins(rows.rows);
  evaluate_trees(trees, rows.view(), margins);
  return margins;
}

TEST(Evaluator, WalksATree) {
  const Matrix rows{{1, 1, 1, 0, 0, 1, 0, 0}, 4, 2, {"a", "b"}, {}};
  EXPECT_THAT(evaluate(AndTree().view(0.25), rows), ElementsAre(1.25, 0.25, 0.25, 0.25));
}

TEST(Evaluator, GoesRightOnTheThresholdItself) {
  const float below = std::nextafter(0.5F, 0.0F);
  const Matrix rows{{0.5F, 0.5F, below, 0.5F}, 2, 2, {"a", "b"}, {}};
  EXPECT_THAT(evaluate(AndTree().view(), rows), ElementsAre(1, 0));
}

TEST(Evaluator, SendsMissingToTheDefaultSide) {
  const Matrix rows{{NAN, 1, 1, NAN}, 2, 2, {"a", "b"}, {}};
  EXPECT_THAT(evaluate(AndTree().view(), rows), ElementsAre(0, 1));
}

TEST(Evaluator, AddsUpInThePrecisionThatTheViewNames) {
  AndTree trees;
  trees.trees.roots.assign(10, 0);
  trees.trees.value[4] = 0.1;
  const Matrix row{{1, 1}, 1, 2, {"a", "b"}, {}};
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
  Matrix rows{{}, 1000, 2, {"a", "b"}, {}};
  for (size_t row = 0; row < rows.rows; ++row) rows.values.insert(rows.values.end(), {1, row % 3 == 0 ? 1.0F : 0.0F});
  const auto margins = evaluate(AndTree().view(), rows);
  for (size_t row = 0; row < rows.rows; ++row) EXPECT_EQ(margins[row], row % 3 == 0 ? 1 : 0) << row;
}

TEST(Evaluator, TakesMissingForTheMeanInALinearModel) {
  const double coefficients[] = {2, -1}, means[] = {10, 20};
  const veleta_linear linear{sizeof(veleta_linear), 2, coefficients, means, 0.5, VELETA_IDENTITY};
  Matrix rows{{3, 4, NAN, 4, 3, NAN}, 3, 2, {"a", "b"}, {}};
  std::vector<double> margins(3);
  evaluate_linear(linear, rows.view(), margins);
  EXPECT_THAT(margins, ElementsAre(2.5, 16.5, -13.5));
}

TEST(Evaluator, AppliesTheLink) {
  EXPECT_EQ(apply_link(VELETA_IDENTITY, -3), -3);
  EXPECT_EQ(apply_link(VELETA_LOGISTIC, 0), 0.5);
  EXPECT_NEAR(apply_link(VELETA_LOGISTIC, 2), 0.8807970779778823, 1e-16);
  EXPECT_EQ(apply_link(VELETA_LOGISTIC, -1000), 0);
  EXPECT_EQ(apply_link(VELETA_LOGISTIC, 1000), 1);
}

}  // namespace
}  // namespace veleta
