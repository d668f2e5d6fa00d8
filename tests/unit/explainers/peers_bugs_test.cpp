#include <gtest/gtest.h>
#include <cmath>
#include <numeric>
#include <random>
#include <string>

#include "brute_force.hpp"
#include "choice.hpp"
#include "forest.hpp"
#include "made_trees.hpp"
#include "veleta/error.hpp"

// What other implementations of SHAP values for trees got wrong; each test names where.

namespace veleta::testing {
namespace {

class PeersBugs : public ::testing::TestWithParam<const char*> {
 protected:
  struct Found {
    double base_value;
    std::vector<double> values, interactions;
    double sum() const { return std::accumulate(values.begin(), values.end(), base_value); }
  };

  static Found explain(const veleta_trees& trees, const std::vector<float>& row, bool with_interactions = true) {
    const tree_shap::Forest forest(trees, row.size());
    const auto kernel = tree_shap::choose_kernel(forest, {GetParam(), "path_dependent", size_t{64} << 20});
    Found found{kernel->expected()[0] + forest.base_margins[0], std::vector<double>(row.size(), 0), {}};
    std::vector<float> room;
    const MatrixView rows = forest.normalise({row.data(), 1, row.size(), {}}, room);
    kernel->explain(rows, found.values);
    if (!with_interactions) return found;
    found.interactions.assign(row.size() * row.size(), 0);
    kernel->interact(rows, found.interactions);
    return found;
  }
};
INSTANTIATE_TEST_SUITE_P(Methods, PeersBugs, ::testing::Values("auto", "quadrature", "compact"));

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

// XGBoost, tests/cpp/predictor/test_shap.cc, CheckShapHandlesDeepTree. (TreeSHAP's unwinding cancels: shap #4042.)
TEST_P(PeersBugs, ManySplitsOnOneFeature) {
  MadeTrees made;
  double cover = 1;
  uint32_t node = made.add_tree(cover);
  for (int depth = 0; depth < 64; ++depth, cover *= 0.99)
    node = made.split(node, 0, 0.5f - 0.001f * static_cast<float>(depth), cover * 0.99, cover * 0.01);
  made.make_leaf(node, 1);
  const Found found = explain(made.view(), {0});
  EXPECT_NEAR(found.base_value, std::pow(0.99, 64), 1e-12);
  EXPECT_NEAR(found.sum(), 1, 1e-12);
  EXPECT_NEAR(found.interactions[0] + found.base_value, 1, 1e-12);
}

// A chain of a hundred features: shap #4042 sums to -18.8 beyond 70, shapiq #545 crashes beyond 59, GPUTreeShap refuses
// more than 32. All features are alike here.
TEST_P(PeersBugs, AHundredFeaturesOnOnePath) {
  MadeTrees made;
  uint32_t node = made.add_tree(1);
  double cover = 1;
  for (int32_t feature = 0; feature < 100; ++feature, cover *= 0.9)
    node = made.split(node, feature, 0.5f, cover * 0.1, cover * 0.9) + 1;
  made.make_leaf(node, 1);
  const Found found = explain(made.view(), std::vector<float>(100, 1.0f));
  for (const double value : found.values) EXPECT_NEAR(value, (1 - std::pow(0.9, 100)) / 100, 1e-14);
  for (size_t j = 2; j < 100; ++j) EXPECT_NEAR(found.interactions[j], found.interactions[1], 1e-14);
  EXPECT_NEAR(found.sum(), 1, 1e-12);
}

// shap #152, #3574: not a number. XGBoost 1.7.4 likewise where a parent has no cover.
TEST_P(PeersBugs, NodesThatNoTrainingRowReached) {
  MadeTrees made;
  const uint32_t left = made.split(made.add_tree(10), 0, 0.5f, 0, 10);
  const uint32_t below = made.split(left, 1, 0.5f, 0, 0);
  made.make_leaf(below, 2);
  made.make_leaf(below + 1, 6);
  made.make_leaf(left + 1, 1);
  const Found found = explain(made.view(), {0, 0});
  EXPECT_EQ(found.base_value, 1);
  // v() = v({1}) = 1, v({0}) = 4 by halves, v({0, 1}) = 2.
  EXPECT_NEAR(found.values[0], 2, 1e-14);
  EXPECT_NEAR(found.values[1], -1, 1e-14);
  EXPECT_NEAR(found.interactions[1], -1, 1e-14);
}

// shap #1617, #5116: thresholds in another precision, or moved.
TEST_P(PeersBugs, RowsExactlyOnAThreshold) {
  MadeTrees made;
  const uint32_t left = made.split(made.add_tree(2), 0, 0.1f, 1, 1);
  made.make_leaf(left, -1);
  made.make_leaf(left + 1, 1);
  EXPECT_EQ(explain(made.view(), {0.1f}).values[0], 1);
  EXPECT_EQ(explain(made.view(), {std::nextafter(0.1f, 0.0f)}).values[0], -1);
}

/// Categories 0, 31, 32 and 63 go right.
TreeEnsemble tree_of_categories() {
  TreeEnsemble trees;
  trees.roots = {0};
  trees.feature = {0, -1, -1};
  trees.threshold = {0, 0, 0};
  trees.left = {1, 0, 0};
  trees.right = {2, 0, 0};
  trees.default_left = {1, 0, 0};
  trees.value = {0, -1, 1};
  trees.cover = {2, 1, 1};
  trees.category_begin = {0, 2, 2, 2};
  trees.category_words = {0x80000001u, 0x80000001u};
  return trees;
}

// shap's tree_shap.h shifts by category - 1 and keeps the mask in a float: wrong for 0 and above 24.
TEST_P(PeersBugs, CategoryZeroAndThoseBeyondOneWord) {
  TreeEnsemble trees = tree_of_categories();
  for (const float right : {0.0f, 31.0f, 32.0f, 63.0f, 0.9f, 63.7f})
    EXPECT_EQ(explain(to_abi(trees), {right}).values[0], 1) << right;
  for (const float left : {1.0f, 30.0f, 33.0f, 62.0f, -1.0f, 64.0f, 1e30f, kMissing})
    EXPECT_EQ(explain(to_abi(trees), {left}).values[0], -1) << left;
  trees.default_left[0] = 0;
  for (const float unknown : {-1.0f, 64.0f, kMissing}) EXPECT_EQ(explain(to_abi(trees), {unknown}).values[0], 1);
  trees.unknown_category_left = true;
  for (const float unknown : {-1.0f, 64.0f}) EXPECT_EQ(explain(to_abi(trees), {unknown}).values[0], -1);
  EXPECT_EQ(explain(to_abi(trees), {kMissing}).values[0], 1);
}

// shap #3313: a sentinel is taken for a number.
TEST_P(PeersBugs, MissingValuesThatAreNotNan) {
  TreeEnsemble trees = tree_of_categories();
  trees.category_begin.clear();
  trees.category_words.clear();
  trees.default_left[0] = 0;
  EXPECT_EQ(explain(to_abi(trees), {-999}).values[0], -1);
  trees.missing = {-999};
  EXPECT_EQ(explain(to_abi(trees), {-999}).values[0], 1);
  EXPECT_EQ(explain(to_abi(trees), {kMissing}).values[0], 1);
  EXPECT_EQ(explain(to_abi(trees), {-998}).values[0], -1);
}

// shap's nodes count their children in 16 bits.
TEST_P(PeersBugs, MoreNodesThanSixteenBitsCount) {
  MadeTrees made;
  uint32_t node = made.add_tree(1);
  std::vector<uint32_t> level{node};
  for (int depth = 0; depth < 15; ++depth) {
    std::vector<uint32_t> next;
    for (const uint32_t parent : level) {
      const uint32_t left = made.split(parent, depth, 0.5f, std::ldexp(1.0, -depth - 1), std::ldexp(1.0, -depth - 1));
      next.insert(next.end(), {left, left + 1});
    }
    level = next;
  }
  for (size_t leaf = 0; leaf < level.size(); ++leaf) made.make_leaf(level[leaf], static_cast<double>(leaf));
  // The leaf's number in binary is the way to it: each feature adds half of its digit's worth, or takes it away.
  std::vector<float> row(15, 1);
  row[3] = 0;
  const Found found = explain(made.view(), row, false);
  for (size_t digit = 0; digit < 15; ++digit)
    EXPECT_NEAR(found.values[digit], (digit == 3 ? -0.5 : 0.5) * std::ldexp(1.0, 14 - static_cast<int>(digit)), 1e-9);
}

TEST(QuadratureOfLargeTrees, RefusesPathsThatTakeMemoryWithoutMeasure) {
  MadeTrees made;
  uint32_t node = made.add_tree(1);
  for (int32_t feature = 0; feature < 9000; ++feature) node = made.split(node, feature, 0.5f, 1, 1) + 1;
  const tree_shap::Forest forest(made.view(), 9000);
  for (const char* method : {"auto", "quadrature", "compact"}) try {
      tree_shap::choose_kernel(forest, {method, "path_dependent", size_t{64} << 20});
      ADD_FAILURE() << method;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_NE(std::string(error.what()).find("9000 features on a path"), std::string::npos) << error.what();
    }
}

// Trees whose factors would not fit into the cache are walked without, to the same bits.
TEST(QuadratureOfLargeTrees, LeavesOutFactorsWhereTheyWouldBeMany) {
  std::mt19937 random(3);
  MadeTrees made;
  while (made.ensemble().feature.size() < 400000) made.add_random_tree(random, 6, 12);
  const tree_shap::Forest forest(made.view(), 6);
  const auto bytes = [&](const char* method) {
    return tree_shap::choose_kernel(forest, {method, "path_dependent", size_t{64} << 20})->bytes();
  };
  EXPECT_GT(bytes("quadrature"), size_t{10} << 20);
  EXPECT_EQ(bytes("auto"), bytes("compact"));
  EXPECT_LT(bytes("compact"), bytes("quadrature"));
}

TEST(TreeShapForest, RefusesWhatIsNoForest) {
  const auto refuses = [](auto spoil) {
    MadeTrees made;
    const uint32_t left = made.split(made.add_tree(2), 0, 0.5f, 1, 1);
    made.make_leaf(left, 1);
    made.make_leaf(left + 1, 2);
    TreeEnsemble trees = made.ensemble();
    spoil(trees);
    try {
      tree_shap::Forest(to_abi(trees), 1);
    } catch (const Error& error) {
      return error.code() == ErrorCode::kBadData;
    }
    return false;
  };
  EXPECT_FALSE(refuses([](TreeEnsemble&) {}));
  EXPECT_TRUE(refuses([](TreeEnsemble& trees) { trees.feature[0] = 1; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& trees) { trees.left[0] = 0; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& trees) { trees.right[0] = 3; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& trees) { trees.roots[0] = 3; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& trees) { trees.cover[1] = -1; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& trees) { trees.cover[2] = std::nan(""); }));
  EXPECT_TRUE(refuses([](TreeEnsemble& trees) { trees.cover[2] = HUGE_VAL; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& trees) { trees.tree_output = {1}; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& trees) { trees.missing = {1, 2}; }));
}

}  // namespace
}  // namespace veleta::testing
