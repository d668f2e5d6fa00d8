#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <random>

#include "model_files.hpp"
#include "trained_booster.hpp"
#include "trees/read.hpp"
#include "trees/write.hpp"
#include "veleta/error.hpp"
#include "walked_margins.hpp"

namespace veleta::testing {
namespace {

/// Rows of the model's width, with missing values, and whole numbers where it has categories.
std::vector<float> rows_for(const TreeModel& model, size_t count) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-2, 2), chance(0, 1);
  std::vector<bool> whole(model.columns);
  const TreeEnsemble& trees = model.trees;
  for (size_t node = 0; node < trees.feature.size(); ++node)
    if (!trees.category_begin.empty() && trees.category_begin[node] < trees.category_begin[node + 1])
      whole[static_cast<size_t>(trees.feature[node])] = true;
  std::vector<float> rows;
  for (size_t i = 0; i < count * model.columns; ++i) {
    const float value = uniform(random);
    rows.push_back(chance(random) < 0.1f      ? std::nanf("")
                   : whole[i % model.columns] ? std::floor(40 * chance(random))
                                              : value);
  }
  return rows;
}

void expect_that_xgboost_gives_the_margins(const TreeModel& model) {
  constexpr size_t kRows = 100;
  const auto values = rows_for(model, kRows);
  const MatrixView rows{values.data(), kRows, model.columns, {}};
  const TrainedBooster booster = TrainedBooster::load(write_xgboost_json(model));
  const auto margins = booster.margins(rows);
  ASSERT_EQ(margins.size(), kRows * model.trees.outputs);
  for (size_t row = 0; row < kRows; ++row) {
    const auto expected = walked_margins(model.trees, rows.row(row));
    for (size_t output = 0; output < expected.size(); ++output) {
      const double found = margins[row * expected.size() + output];
      if (model.trees.single_precision)
        ASSERT_EQ(found, expected[output]) << "row " << row << ", output " << output;
      else
        ASSERT_NEAR(found, expected[output], 1e-6 * (1 + std::abs(expected[output])));
    }
  }
}

class WrittenFile : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Models, WrittenFile, ::testing::ValuesIn(model_files()), name_of_model_file);

TEST_P(WrittenFile, PredictsTheSameInXgboost) {
  const TreeModel model = read_tree_model(contents(kModelFolder / GetParam()));
  try {
    write_xgboost_json(model);
  } catch (const Error& refused) {
    ASSERT_EQ(GetParam(), "lightgbm_4_zeros_missing.txt") << refused.what();
    EXPECT_THAT(refused.what(), ::testing::HasSubstr("stands for missing"));
    return;
  }
  expect_that_xgboost_gives_the_margins(model);
}

TEST_P(WrittenFile, IsReadAsTheTreesThatWereWritten) {
  TreeModel model = read_tree_model(contents(kModelFolder / GetParam()));
  model.trees.missing.clear();
  const TreeModel again = read_tree_model(write_xgboost_json(model));
  const size_t before = again.trees.roots.size() - model.trees.roots.size();  // trees of base margins
  EXPECT_EQ(again.trees.feature.size(), model.trees.feature.size() + before);
  EXPECT_EQ(again.trees.link, model.trees.link);
  EXPECT_EQ(again.feature_names, model.feature_names);
  EXPECT_EQ(again.trees.category_words.size(), model.trees.category_words.size());
  EXPECT_EQ(write_xgboost_json(again), write_xgboost_json(read_tree_model(write_xgboost_json(again))));
  const auto values = rows_for(model, 50);
  for (size_t row = 0; row < 50; ++row) {
    const auto expected = walked_margins(model.trees, &values[row * model.columns]);
    const auto found = walked_margins(again.trees, &values[row * model.columns]);
    for (size_t output = 0; output < expected.size(); ++output)
      ASSERT_NEAR(found[output], expected[output], 1e-6 * (1 + std::abs(expected[output])));
  }
}

/// Two stumps that only this test knows.
TreeModel stumps(Link link, uint32_t outputs) {
  TreeModel model;
  model.columns = 2;
  TreeEnsemble& trees = model.trees;
  trees.roots = {0, 3};
  trees.feature = {0, -1, -1, 1, -1, -1};
  trees.threshold = {0.5f, 0, 0, -0.25f, 0, 0};
  trees.left = {1, 0, 0, 4, 0, 0};
  trees.right = {2, 0, 0, 5, 0, 0};
  trees.default_left = {1, 0, 0, 0, 0, 0};
  trees.value = {0, 0.1f, -0.7f, 0, 1.3f, 0.01f};
  trees.cover = {10, 4, 6, 10, 3, 7};
  trees.link = link;
  trees.single_precision = true;
  trees.outputs = outputs;
  if (outputs > 1) trees.tree_output = {1, 0};
  return model;
}

TEST(WrittenStumps, HaveTheirBaseMarginToTheLastBit) {
  for (Link link : {Link::kIdentity, Link::kLogistic, Link::kExponential, Link::kHinge})
    for (float margin : {0.0f, 0.123f, -3.3333333f, 17.1f, -40.0f, 1e-6f}) {
      TreeModel model = stumps(link, 1);
      model.trees.base_margin = margin;
      expect_that_xgboost_gives_the_margins(model);
    }
}

TEST(WrittenStumps, HaveABaseMarginForEachOutput) {
  for (Link link : {Link::kIdentity, Link::kLogistic, Link::kExponential, Link::kSoftmax}) {
    TreeModel model = stumps(link, 3);
    model.trees.base_margins = {0.25f, -1.7f, 3.1f};
    expect_that_xgboost_gives_the_margins(model);
  }
}

TEST(WrittenStumps, ExplainInXgboostAsTheirCoversSay) {
  TreeModel model = stumps(Link::kIdentity, 1);
  model.trees.base_margin = 2;
  const float row[] = {0, 0};
  const auto contributions = TrainedBooster::load(write_xgboost_json(model)).contributions({row, 1, 2, {}});
  EXPECT_NEAR(contributions[0], 0.1 - (0.4 * 0.1 - 0.6 * 0.7), 1e-6);
  EXPECT_NEAR(contributions[1], 0.01 - (0.3 * 1.3 + 0.7 * 0.01), 1e-6);
}

TEST(WrittenStumps, AreRefusedWhereXgboostHasNoWord) {
  TreeModel model = stumps(Link::kIdentity, 1);
  model.trees.missing = {-999.0f, std::nanf("")};
  EXPECT_NO_THROW(write_xgboost_json(model));  // -999 goes left as a number and as a missing value
  model.trees.missing = {999.0f, std::nanf("")};
  EXPECT_THROW(write_xgboost_json(model), Error);
  model.trees.missing.clear();
  model.trees.category_begin = {0, 1, 1, 1, 1, 1, 1};
  model.trees.category_words = {5};
  model.trees.default_left[0] = 0;
  EXPECT_THROW(write_xgboost_json(model), Error);
  model.trees.unknown_category_left = true;
  expect_that_xgboost_gives_the_margins(model);
  model.trees.category_words = {0};
  expect_that_xgboost_gives_the_margins(model);
}

}  // namespace
}  // namespace veleta::testing
