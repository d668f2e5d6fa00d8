#include <gmock/gmock.h>
#include <array>

#include "booster_kinds.hpp"
#include "made_trees.hpp"
#include "trees/read.hpp"

// Margins held against XGBoost's own, to the last bit, for models of every kind that it trains.

namespace veleta::testing {
namespace {

constexpr size_t kColumns = BoosterCase::kColumns;
constexpr size_t kRows = 211;

std::vector<BoosterKind> all_kinds() {
  return {{"Regression", {{"base_score", "9.3"}}},
          {"Binary", {{"objective", "binary:logistic"}, {"base_score", "0.37"}}, &BoosterRows::two_classes},
          {"ThreeClasses", {{"objective", "multi:softprob"}, {"num_class", "3"}}, &BoosterRows::three_classes},
          {"Dart", {{"booster", "dart"}, {"rate_drop", "0.4"}}},
          {"OneHot", {{"tree_method", "hist"}, {"max_cat_to_onehot", "1000"}}, &BoosterRows::number, 2},
          {"Sets", {{"tree_method", "hist"}, {"max_cat_to_onehot", "1"}}, &BoosterRows::number, 2},
          {"Forest", {{"num_parallel_tree", "4"}, {"subsample", "0.7"}, {"eta", "1"}}}};
}

/// Numbers that training never saw as categories, and such as are none at all.
BoosterRows rows_of_unknown_categories(const BoosterKind& kind) {
  constexpr std::array kOdd{-1.0f, -0.5f, -7.9f, 3.7f, 40.0f, 63.5f, 64.0f, 1e6f, 16777216.0f, 3e9f};
  BoosterRows rows = BoosterCase{kind, 0, 0}.rows(kRows, 3);
  for (size_t row = 0; row < rows.rows; ++row)
    for (size_t column = kColumns - kind.categorical_columns; column < kColumns; ++column)
      rows.values[row * kColumns + column] = kOdd[(row + column) % kOdd.size()];
  return rows;
}

std::vector<double> margins(const TreeEvaluator& evaluator, const MatrixView& rows) {
  std::vector<double> found(rows.rows * evaluator.outputs());
  evaluator.margins(rows, found);
  return found;
}

void expect_margins_of(const TrainedBooster& booster, const BoosterRows& rows) {
  const TreeModel model = read_tree_model(booster.ubjson());
  const std::vector<float> theirs = booster.margins(rows.view());
  const std::vector<double> expected(theirs.begin(), theirs.end());
  for (const EvaluatorOptions& options : all_options()) {
    const TreeEvaluator evaluator(to_abi(model.trees), rows.columns, options);
    ASSERT_EQ(margins(evaluator, rows.view()), expected) << name_of(options) << ": " << evaluator.layout();
    for (size_t row = 0; row < rows.rows; ++row) {
      const auto begin = expected.begin() + static_cast<ptrdiff_t>(row * model.trees.outputs);
      ASSERT_EQ(margins(evaluator, {rows.view().row(row), 1, rows.columns, {}}),
                std::vector<double>(begin, begin + model.trees.outputs))
          << name_of(options) << ", row " << row;
    }
  }
}

class EvaluatedBooster : public ::testing::TestWithParam<BoosterCase> {};
INSTANTIATE_TEST_SUITE_P(Kinds, EvaluatedBooster, ::testing::ValuesIn(booster_cases(all_kinds())),
                         ::testing::PrintToStringParamName());

TEST_P(EvaluatedBooster, HasTheVeryMarginsOfXgboost) {
  const auto& [kind, depth, missing_percent] = GetParam();
  TrainedBooster::Parameters parameters = kind.parameters;
  parameters["max_depth"] = std::to_string(depth);
  const BoosterRows train = GetParam().rows(500, 1);
  const TrainedBooster booster(train, train.*kind.target, parameters, 9);
  expect_margins_of(booster, GetParam().rows(kRows, 2));
  if (kind.categorical_columns > 0) expect_margins_of(booster, rows_of_unknown_categories(kind));
  if (::testing::Test::HasFatalFailure()) return;
  BoosterRows first_trained{train};  // their values lie on thresholds where these are whole numbers
  first_trained.rows = kRows;
  expect_margins_of(booster, first_trained);
}

TEST(EvaluatedBoosters, HaveTheVeryMarginsOfXgboostWithMoreThan32767Nodes) {
  const BoosterRows train(20000, kColumns, 0, 1, 0.05, 1);
  const TrainedBooster booster(train, train.number,
                               {{"tree_method", "hist"},
                                {"max_bin", "24"},
                                {"max_depth", "30"},
                                {"min_child_weight", "0"},
                                {"lambda", "0"},
                                {"eta", "1"}},
                               1);
  ASSERT_GT(read_tree_model(booster.ubjson()).trees.feature.size(), 32767u);
  expect_margins_of(booster, BoosterRows(kRows, kColumns, 0, 1, 0.05, 2));
}

}  // namespace
}  // namespace veleta::testing
