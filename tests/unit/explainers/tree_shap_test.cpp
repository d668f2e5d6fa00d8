#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "made_rows.hpp"
#include "made_trees.hpp"
#include "plugin_under_test.hpp"

namespace veleta::testing {
namespace {

using ::testing::DoubleNear;
using ::testing::Pointwise;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

Attributions explain(const veleta_trees& trees, const std::vector<float>& row) {
  const ExplainerUnderTest explainer("tree_shap", row.size(), &trees, nullptr);
  return explainer.explain({row.data(), 1, row.size(), {}});
}

/// The value of a game whose players are the features in `known`: the definition, word for word.
double expected_value(const veleta_trees& trees, uint32_t node, const std::vector<float>& row, uint32_t known) {
  if (trees.feature[node] < 0) return trees.value[node];
  const uint32_t left = trees.left[node], right = trees.right[node];
  const auto feature = static_cast<size_t>(trees.feature[node]);
  if (known >> feature & 1) {
    const bool goes_left =
        std::isnan(row[feature]) ? trees.default_left[node] != 0 : row[feature] < trees.threshold[node];
    return expected_value(trees, goes_left ? left : right, row, known);
  }
  const double cover = trees.cover[left] + trees.cover[right];
  const double share = cover > 0 ? trees.cover[left] / cover : 0.5;
  return share * expected_value(trees, left, row, known) + (1 - share) * expected_value(trees, right, row, known);
}

double game(const veleta_trees& trees, const std::vector<float>& row, uint32_t known) {
  double sum = trees.base_margin;
  for (size_t tree = 0; tree < trees.tree_count; ++tree) sum += expected_value(trees, trees.roots[tree], row, known);
  return sum;
}

/// Shapley's formula over all subsets: weight |S|! (M - |S| - 1)! / M!.
std::vector<double> by_brute_force(const veleta_trees& trees, const std::vector<float>& row) {
  const size_t columns = row.size();
  std::vector<double> values(columns, 0);
  for (size_t j = 0; j < columns; ++j)
    for (uint32_t known = 0; known < 1u << columns; ++known) {
      if (known >> j & 1) continue;
      const double size = std::popcount(known), others = static_cast<double>(columns) - size - 1;
      const double weight = std::tgamma(size + 1) * std::tgamma(others + 1) / std::tgamma(size + others + 2);
      values[j] += weight * (game(trees, row, known | 1u << j) - game(trees, row, known));
    }
  return values;
}

struct Case {
  std::vector<float> row;
  std::vector<double> attributions;
};

void expect_cases(const MadeTrees& made, double base_value, double tolerance, const std::vector<Case>& cases) {
  const veleta_trees trees = made.view();
  for (const Case& one : cases) {
    const Attributions found = explain(trees, one.row);
    EXPECT_NEAR(found.base_value, base_value, 1e-12);
    EXPECT_THAT(found.values, Pointwise(DoubleNear(tolerance), one.attributions));
  }
}

// XGBoost, tests/python/test_shap.py: the tree of a logical and.
TEST(TreeShap, AgreesWithXgboostsAndTree) {
  MadeTrees made;
  const uint32_t root = made.add_tree(4);
  const uint32_t first = made.split(root, 0, 0.5f, 2, 2, true);
  const uint32_t second = made.split(first + 1, 1, 0.5f, 1, 1, true);
  made.make_leaf(second + 1, 1);
  expect_cases(made, 0.25, 1e-15,
               {{{1, 1}, {.375, .375}},
                {{1, 0}, {.125, -.375}},
                {{0, 1}, {-.375, .125}},
                {{0, 0}, {-.125, -.125}},
                {{kMissing, 1}, {-.375, .125}}});
}

// GPUTreeShap, tests/test_gpu_treeshap.cu, BasicPaths; printed there to seven digits.
TEST(TreeShap, AgreesWithGpuTreeShapsPaths) {
  MadeTrees made;
  const uint32_t root = made.add_tree(5);
  const uint32_t first = made.split(root, 0, 0.5f, 2, 3);
  made.make_leaf(first, -1);
  const uint32_t second = made.split(first + 1, 1, 0.5f, 1, 2);
  made.make_leaf(second, -1);
  const uint32_t third = made.split(second + 1, 2, 0.5f, 1, 1);
  made.make_leaf(third, 1);
  made.make_leaf(third + 1, 0.5);
  expect_cases(made, -0.3, 5e-8,
               {{{1, 1, 0}, {.6277778, .5027778, .1694444}},
                {{1, 0, 0}, {.2444444, -1.0055556, .0611111}},
                {{1, 1, 1}, {.5388889, .4305556, -.1694444}}});
}

// shap, tests/explainers/test_tree.py, test_consistency_approximate: the exact values.
TEST(TreeShap, AgreesWithShapsConsistencyExample) {
  MadeTrees made;
  const uint32_t first = made.split(made.add_tree(4), 0, 0.5f, 2, 2);
  const uint32_t second = made.split(first + 1, 1, 0.5f, 1, 1);
  made.make_leaf(second + 1, 80);
  expect_cases(made, 20, 1e-13, {{{0, 0}, {-10, -10}}, {{0, 1}, {-30, 10}}, {{1, 0}, {10, -30}}, {{1, 1}, {30, 30}}});
}

// XGBoost, tests/cpp/predictor/test_shap.cc, CheckShapHandlesDeepTree.
TEST(TreeShap, HandlesSixtyFourSplitsOnOneFeature) {
  MadeTrees made;
  double cover = 1;
  uint32_t node = made.add_tree(cover);
  for (int depth = 0; depth < 64; ++depth, cover *= 0.99)
    node = made.split(node, 0, static_cast<float>(64 - depth), cover * 0.99, cover * 0.01);
  made.make_leaf(node, 1);
  const Attributions found = explain(made.view(), {-1, 0});
  EXPECT_NEAR(found.base_value, std::pow(0.99, 64), 1e-14);
  EXPECT_NEAR(found.values[0], 1 - std::pow(0.99, 64), 1e-14);
  EXPECT_EQ(found.values[1], 0);
}

// GPUTreeShap refuses paths of more than 32 features. By symmetry each of 40 features has the same share.
TEST(TreeShap, HandlesFortyFeaturesOnOnePath) {
  MadeTrees made;
  uint32_t node = made.add_tree(1);
  double cover = 1;
  for (int32_t feature = 0; feature < 40; ++feature, cover /= 2)
    node = made.split(node, feature, 0.5f, cover / 2, cover / 2) + 1;
  made.make_leaf(node, 1);
  const Attributions found = explain(made.view(), std::vector<float>(40, 1.0f));
  for (double value : found.values) EXPECT_NEAR(value, (1 - std::pow(0.5, 40)) / 40, 1e-14);
}

TEST(TreeShap, EqualsShapleysFormulaOnRandomTrees) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int32_t columns = 1; columns <= 8; ++columns)
    for (int depth = 0; depth <= 9; depth += 3) {
      MadeTrees made;
      made.set_base_margin(0.5);
      for (int tree = 0; tree < 3; ++tree) made.add_random_tree(random, columns, depth);
      std::vector<float> row(static_cast<size_t>(columns));
      for (float& x : row) x = random() % 5 == 0 ? kMissing : uniform(random);
      const veleta_trees trees = made.view();
      const Attributions found = explain(trees, row);
      EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-12), by_brute_force(trees, row))) << columns << " " << depth;
      EXPECT_NEAR(found.base_value, game(trees, row, 0), 1e-12);
    }
}

TEST(TreeShap, AddsUpToTheMarginAndGivesUnusedFeaturesNothing) {
  std::mt19937 random(2);
  MadeTrees made;
  made.set_base_margin(-3);
  for (int tree = 0; tree < 50; ++tree) made.add_random_tree(random, 30, 12);
  const veleta_trees trees = made.view();
  const MadeRows rows(Task::kRegression, 20, 31, 0.1, 3);
  const ExplainerUnderTest explainer("tree_shap", 31, &trees, nullptr);
  const Attributions found = explainer.explain(rows.view());
  for (size_t row = 0; row < rows.rows; ++row) {
    const double* values = &found.values[row * 31];
    EXPECT_NEAR(std::accumulate(values, values + 31, found.base_value), margin_by_view(trees, rows.view().row(row)),
                1e-12);
    EXPECT_EQ(values[30], 0);
  }
}

TEST(TreeShap, SendsRowsOnAThresholdToTheRight) {
  MadeTrees made;
  const uint32_t left = made.split(made.add_tree(2), 0, 0.1f, 1, 1);
  made.make_leaf(left, -1);
  made.make_leaf(left + 1, 1);
  EXPECT_EQ(explain(made.view(), {0.1f}).values[0], 1);
  EXPECT_EQ(explain(made.view(), {std::nextafter(0.1f, 0.0f)}).values[0], -1);
  EXPECT_EQ(explain(made.view(), {std::numeric_limits<float>::infinity()}).values[0], 1);
}

TEST(TreeShap, ExplainsATreeThatIsALeaf) {
  MadeTrees made;
  made.make_leaf(made.add_tree(10), 4.5);
  const Attributions found = explain(made.view(), {1, 2});
  EXPECT_EQ(found.base_value, 4.5);
  EXPECT_THAT(found.values, ::testing::ElementsAre(0, 0));
}

TEST(TreeShap, RefusesModelsWithoutTreesWithoutCoversAndOfNegativeCovers) {
  const auto code_of = [](const veleta_trees* trees, size_t columns) {
    try {
      ExplainerUnderTest("tree_shap", columns, trees, nullptr);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kNotFound;
  };
  EXPECT_EQ(code_of(nullptr, 1), ErrorCode::kUnsupported);
  MadeTrees negative;
  negative.split(negative.add_tree(1), 0, 0.5f, -1, 2);
  const veleta_trees trees = negative.view();
  EXPECT_EQ(code_of(&trees, 1), ErrorCode::kBadData);
  MadeTrees unknown;
  unknown.split(unknown.add_tree(0), 0, 0.5f, 0, 0);
  const veleta_trees without_covers = unknown.view();
  EXPECT_EQ(code_of(&without_covers, 1), ErrorCode::kUnsupported);
  MadeTrees wide;
  wide.split(wide.add_tree(2), 5, 0.5f, 1, 1);
  const veleta_trees wide_trees = wide.view();
  EXPECT_EQ(code_of(&wide_trees, 5), ErrorCode::kBadData);
  EXPECT_EQ(code_of(&wide_trees, 6), ErrorCode::kNotFound) << "six columns are enough";
}

}  // namespace
}  // namespace veleta::testing
