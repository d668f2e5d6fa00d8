#include <gmock/gmock.h>
#include <algorithm>
#include <numeric>
#include <random>
#include <thread>

#include "made_trees.hpp"

// Trees of chance in every shape, held against a walker that reads a view word by word.

namespace veleta::testing {
namespace {

constexpr size_t kRows = 301;

std::vector<TreeRecipe> all_recipes() {
  return {{.name = "stumps", .trees = 19, .depth = 1},
          {.name = "leaves_alone", .trees = 9, .depth = 0},
          {.name = "no_trees", .trees = 0},
          {.name = "depth_3", .trees = 33, .depth = 3},
          {.name = "depth_4_full", .trees = 8, .depth = 4, .leaf_chance = 0},
          {.name = "depth_5", .trees = 11, .depth = 5},
          {.name = "depth_6", .trees = 100},
          {.name = "depth_7", .trees = 10, .depth = 7},
          {.name = "depth_8", .trees = 12, .depth = 8},
          {.name = "depth_9", .trees = 9, .depth = 9, .leaf_chance = 0.05},
          {.name = "depth_12", .trees = 9, .depth = 12, .leaf_chance = 0.02},
          {.name = "deep_and_thin", .trees = 10, .depth = 40, .leaf_chance = 0.45},
          {.name = "more_than_32767_nodes", .trees = 1, .depth = 16, .leaf_chance = 0.01},
          {.name = "doubles", .trees = 20, .depth = 6, .single_precision = false},
          {.name = "deep_doubles", .trees = 20, .depth = 30, .leaf_chance = 0.4, .single_precision = false},
          {.name = "outputs", .trees = 30, .outputs = 3},
          {.name = "many_outputs", .trees = 200, .depth = 3, .outputs = 100, .single_precision = false},
          {.name = "categories", .trees = 20, .category_chance = 0.5},
          {.name = "unknown_left", .trees = 20, .category_chance = 0.5, .unknown_category_left = true},
          {.name = "sentinels", .trees = 20, .category_chance = 0.2, .outputs = 2, .with_sentinels = true},
          {.name = "wide", .trees = 20, .columns = 1500}};
}

class RandomTrees : public ::testing::TestWithParam<TreeRecipe> {
 protected:
  const TreeEnsemble trees = random_trees(GetParam(), 11);
  const veleta_trees view = to_abi(trees);
  const std::vector<float> values = random_rows(trees, kRows, GetParam().columns, 12);
  const MatrixView rows{values.data(), kRows, GetParam().columns, {}};

  std::vector<double> margins(const TreeEvaluator& evaluator, size_t first, size_t count) const {
    std::vector<double> out(count * trees.outputs);
    evaluator.margins({rows.row(first), count, rows.columns, {}}, out);
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Shapes, RandomTrees, ::testing::ValuesIn(all_recipes()),
                         [](const auto& recipe) { return recipe.param.name; });

TEST_P(RandomTrees, HaveTheVeryMarginsOfAPlainWalk) {
  const std::vector<double> expected = walked_margins(trees, rows);
  for (const EvaluatorOptions& options : all_options()) {
    const TreeEvaluator evaluator(view, rows.columns, options);
    EXPECT_EQ(margins(evaluator, 0, kRows), expected) << name_of(options) << ": " << evaluator.layout();
    for (size_t row = 0; row < kRows; ++row) {
      const auto begin = expected.begin() + static_cast<ptrdiff_t>(row * trees.outputs);
      ASSERT_EQ(margins(evaluator, row, 1), std::vector<double>(begin, begin + trees.outputs))
          << name_of(options) << ", row " << row;
    }
  }
}

TEST_P(RandomTrees, HaveTheSameMarginsInBlocksOfAnySize) {
  const std::vector<double> expected = walked_margins(trees, rows);
  for (const EvaluatorOptions& options : all_options()) {
    const TreeEvaluator evaluator(view, rows.columns, options);
    for (const size_t count : {2, 3, 4, 5, 7, 15, 16, 17, 31, 33, 64, 129, 257}) {
      const size_t first = kRows - count;
      const auto begin = expected.begin() + static_cast<ptrdiff_t>(first * trees.outputs);
      ASSERT_EQ(margins(evaluator, first, count), std::vector<double>(begin, expected.end()))
          << name_of(options) << ", " << count << " rows";
    }
  }
}

TEST_P(RandomTrees, HaveTheSameMarginsInAnyOrderOfRows) {
  const TreeEvaluator evaluator(view, rows.columns);
  const std::vector<double> expected = margins(evaluator, 0, kRows);
  std::vector<size_t> order(kRows);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(13));
  std::vector<float> shuffled;
  for (const size_t row : order) shuffled.insert(shuffled.end(), rows.row(row), rows.row(row) + rows.columns);
  std::vector<double> found(kRows * trees.outputs);
  evaluator.margins({shuffled.data(), kRows, rows.columns, {}}, found);
  for (size_t i = 0; i < kRows; ++i)
    for (size_t output = 0; output < trees.outputs; ++output)
      ASSERT_EQ(found[i * trees.outputs + output], expected[order[i] * trees.outputs + output]);
}

TEST_P(RandomTrees, HaveTheSameMarginsInSeveralThreads) {
  const TreeEvaluator evaluator(view, rows.columns);
  const std::vector<double> expected = margins(evaluator, 0, kRows);
  std::vector<std::vector<double>> found(4);
  std::vector<std::thread> threads;
  for (auto& part : found) threads.emplace_back([&] { part = margins(evaluator, 0, kRows); });
  for (auto& thread : threads) thread.join();
  for (const auto& part : found) EXPECT_EQ(part, expected);
}

}  // namespace
}  // namespace veleta::testing
