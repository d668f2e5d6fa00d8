#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>

#include "trees/summary.hpp"

namespace veleta::testing {
namespace {

/// x1 in {0, 40}? no: (x0 < 1 ? 1 : 2), yes: 3; and a tree of one leaf.
TreeModel small_model() {
  TreeModel model;
  model.columns = 4;
  TreeEnsemble& trees = model.trees;
  trees.roots = {0, 5};
  trees.feature = {1, 0, -1, -1, -1, -1};
  trees.threshold = {0, 1, 0, 0, 0, 0};
  trees.left = {1, 3, 0, 0, 0, 0};
  trees.right = {2, 4, 0, 0, 0, 0};
  trees.default_left = {1, 0, 0, 0, 0, 0};
  trees.value = {0, 0, 3, 1, 2, 7};
  trees.cover = {3, 2, 1, 1, 1, 3};
  trees.category_begin = {0, 2, 2, 2, 2, 2, 2};
  trees.category_words = {1, 1u << 8};
  trees.missing = {std::nanf(""), std::nanf(""), std::nanf(""), -1};
  model.gains = {5, 2, 0, 0, 0, 0};
  return model;
}

TEST(Summary, CountsTheTrees) {
  const TreeSummary summary = summarize(small_model());
  EXPECT_EQ(summary.trees, 2u);
  EXPECT_EQ(summary.nodes, 6u);
  EXPECT_EQ(summary.leaves, 4u);
  EXPECT_EQ(summary.deepest, 2u);
  EXPECT_DOUBLE_EQ(summary.mean_depth, (1 + 2 + 2 + 0) / 4.0);
  EXPECT_EQ(summary.category_splits, 1u);
  EXPECT_EQ(summary.greatest_category, 40u);
  EXPECT_EQ(summary.missing_left, 1u);
  EXPECT_EQ(summary.columns_with_missing, 1u);
  ASSERT_EQ(summary.features.size(), 2u);
  EXPECT_EQ(summary.features[1].column, 1u);
  EXPECT_EQ(summary.features[1].gain, 5);
  EXPECT_EQ(summary.features[1].category_splits, 1u);
}

TEST(Summary, TakesMemoryForTheColumnsThatAreSplitOn) {
  TreeModel model = small_model();
  model.columns = size_t{1} << 60;
  EXPECT_EQ(summarize(model).features.size(), 2u);
}

TEST(Summary, OfNothingIsNothing) {
  const TreeSummary summary = summarize({});
  EXPECT_EQ(summary.nodes, 0u);
  EXPECT_EQ(summary.mean_depth, 0);
}

}  // namespace
}  // namespace veleta::testing
