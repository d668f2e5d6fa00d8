#include <gtest/gtest.h>
#include <cmath>

#include "booster_kinds.hpp"
#include "linked_plugins.hpp"
#include "trees/read.hpp"

// Attributions held against XGBoost's own, for models of every kind that it trains.

namespace veleta::testing {
namespace {

constexpr size_t kColumns = BoosterCase::kColumns;
constexpr size_t kRows = 40;
constexpr int kRounds = 9;

std::vector<BoosterKind> all_kinds() {
  return {{"ThreeClasses", {{"objective", "multi:softprob"}, {"num_class", "3"}}, &BoosterRows::three_classes},
          {"Counts", {{"objective", "count:poisson"}}, &BoosterRows::count},
          {"Dart", {{"booster", "dart"}, {"rate_drop", "0.4"}}},
          {"OneHot", {{"tree_method", "hist"}, {"max_cat_to_onehot", "1000"}}, &BoosterRows::number, 2},
          {"Sets", {{"tree_method", "hist"}, {"max_cat_to_onehot", "1"}}, &BoosterRows::number, 2},
          {"Forest", {{"num_parallel_tree", "4"}, {"subsample", "0.7"}, {"eta", "1"}}}};
}

class BoosterExplained : public ::testing::TestWithParam<BoosterCase> {
 protected:
  /// XGBoost adds up in single precision: its error grows with the square root of the trees.
  double tolerance(float base, double size) const {
    const double trees = kRounds * (GetParam().kind.name == "Forest" ? 4 : 1);
    return size * std::sqrt(trees) * (1 + std::abs(base));
  }

  void SetUp() override {
    TrainedBooster::Parameters parameters = GetParam().kind.parameters;
    parameters["max_depth"] = std::to_string(GetParam().depth);
    const BoosterRows train = GetParam().rows(500, 1);
    booster_.emplace(train, train.*GetParam().kind.target, parameters, kRounds);
    model_ = read_tree_model(booster_->ubjson());
    view_ = to_abi(model_.trees);
  }

  std::unique_ptr<PreparedHandle> prepare(const std::string& method) const {
    return linked_plugins()
        .create_explainer("tree_shap", values_for(PluginKind::kExplainer, "tree_shap", {{"method", method}}), {})
        ->prepare({kColumns, &view_, nullptr, {nullptr, 0, kColumns, {}}, {}, model_.trees.outputs});
  }

  std::optional<TrainedBooster> booster_;
  TreeModel model_;
  veleta_trees view_{};
};
INSTANTIATE_TEST_SUITE_P(Kinds, BoosterExplained, ::testing::ValuesIn(booster_cases(all_kinds())),
                         ::testing::PrintToStringParamName());

TEST_P(BoosterExplained, AgreesWithItsOwnContributions) {
  const BoosterRows rows = GetParam().rows(kRows, 2);
  const size_t outputs = model_.trees.outputs;
  const std::vector<float> theirs = booster_->contributions(rows.view());
  ASSERT_EQ(theirs.size(), kRows * outputs * (kColumns + 1));
  for (const char* method : {"quadrature", "compact", "table"}) {
    std::vector<double> found(kRows * outputs * kColumns), base(outputs);
    prepare(method)->explain(rows.view(), {found, base, {}});
    for (size_t at = 0; at < kRows * outputs; ++at) {
      const float* expected = &theirs[at * (kColumns + 1)];
      const double off = tolerance(expected[kColumns], 1e-6);
      ASSERT_NEAR(base[at % outputs], expected[kColumns], off) << method;
      for (size_t column = 0; column < kColumns; ++column)
        ASSERT_NEAR(found[at * kColumns + column], expected[column], off)
            << method << ", row " << at / outputs << ", output " << at % outputs << ", column " << column;
    }
  }
}

TEST_P(BoosterExplained, AgreesWithItsOwnInteractions) {
  constexpr size_t kOuter = kColumns + 1, kSquare = kColumns * kColumns;
  const BoosterRows rows = GetParam().rows(5, 2);
  const size_t outputs = model_.trees.outputs;
  const std::vector<float> theirs = booster_->interactions(rows.view());
  ASSERT_EQ(theirs.size(), rows.rows * outputs * kOuter * kOuter);
  for (const char* method : {"quadrature", "table"}) {
    std::vector<double> found(rows.rows * outputs * kSquare), base(outputs);
    prepare(method)->interact(rows.view(), found, base);
    for (size_t at = 0; at < found.size(); ++at) {
      const size_t matrix = at / kSquare, i = at % kSquare / kColumns, j = at % kColumns;
      ASSERT_NEAR(found[at], theirs[(matrix * kOuter + i) * kOuter + j], 1e-5 * (1 + std::abs(base[matrix % outputs])))
          << method << ", matrix " << matrix << ", pair " << i << " " << j;
    }
  }
}

}  // namespace
}  // namespace veleta::testing
