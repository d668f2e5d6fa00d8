#include <gtest/gtest.h>
#include <xgboost/c_api.h>
#include <cmath>
#include <memory>
#include <numeric>

#include "made_rows.hpp"
#include "plugin_under_test.hpp"
#include "quadrature_kernel.hpp"

namespace veleta::testing {
namespace {

enum Type { kContributions = 2, kInteractions = 4 };

/// XGBoost's own contributions of a saved model, `columns` of a row and the base value behind them; or its
/// interactions, the square of that.
std::vector<double> by_xgboost(Type type, const std::string& model, const MatrixView& rows) {
  BoosterHandle booster_handle = nullptr;
  DMatrixHandle matrix_handle = nullptr;
  EXPECT_EQ(XGBoosterCreate(nullptr, 0, &booster_handle), 0);
  const std::unique_ptr<void, int (*)(void*)> booster(booster_handle, XGBoosterFree);
  EXPECT_EQ(XGBoosterLoadModelFromBuffer(booster.get(), model.data(), model.size()), 0);
  EXPECT_EQ(XGDMatrixCreateFromMat(rows.values, rows.rows, rows.columns, NAN, &matrix_handle), 0);
  const std::unique_ptr<void, int (*)(void*)> matrix(matrix_handle, XGDMatrixFree);
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  const std::string config = R"({"type":)" + std::to_string(type) +
                             R"(,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false})";
  EXPECT_EQ(XGBoosterPredictFromDMatrix(booster.get(), matrix.get(), config.c_str(), &shape, &dimensions, &result), 0);
  const size_t outer = rows.columns + 1;
  return {result, result + rows.rows * outer * (type == kInteractions ? outer : 1)};
}

struct Shape {
  Task task;
  int64_t depth;
  double missing_share;
};

class TreeShapOfXgboost : public ::testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, TreeShapOfXgboost,
                         ::testing::Values(Shape{Task::kRegression, 1, 0}, Shape{Task::kRegression, 3, 0.3},
                                           Shape{Task::kRegression, 6, 0.1}, Shape{Task::kRegression, 10, 0},
                                           Shape{Task::kBinary, 3, 0}, Shape{Task::kBinary, 6, 0.3}));

TEST_P(TreeShapOfXgboost, AgreesWithItsOwnContributionsAndAddsUp) {
  constexpr size_t kColumns = 12;
  constexpr double kRounds = 50;
  const MadeRows train(GetParam().task, 1500, kColumns, GetParam().missing_share, 1);
  const MadeRows rows(GetParam().task, 100, kColumns, GetParam().missing_share, 2);
  const LearnerUnderTest learner("xgboost", {{"rounds", int64_t{50}}, {"max_depth", GetParam().depth}});
  const auto model = learner.train(training_of(GetParam().task, train, train));
  const veleta_trees trees = model->trees();
  const ExplainerUnderTest explainer("tree_shap", kColumns, &trees, nullptr);

  const Attributions found = explainer.explain(rows.view());
  const auto expected = by_xgboost(kContributions, model->save(), rows.view());
  for (size_t row = 0; row < rows.rows; ++row) {
    const double* values = &found.values[row * kColumns];
    const double* theirs = &expected[row * (kColumns + 1)];
    // XGBoost sums in single precision: its error grows with the square root of the trees.
    const double margin = margin_by_view(trees, rows.view().row(row));
    const double tolerance = 1e-6 * std::sqrt(kRounds) * (1 + std::abs(margin));
    for (size_t column = 0; column < kColumns; ++column) EXPECT_NEAR(values[column], theirs[column], tolerance);
    EXPECT_NEAR(found.base_value, theirs[kColumns], tolerance);
    EXPECT_NEAR(std::accumulate(values, values + kColumns, found.base_value), margin, 1e-6 * (1 + std::abs(margin)));
  }
}

TEST_P(TreeShapOfXgboost, AgreesWithItsOwnInteractions) {
  constexpr size_t kColumns = 8, kOuter = kColumns + 1;
  const MadeRows train(GetParam().task, 1500, kColumns, GetParam().missing_share, 1);
  const MadeRows rows(GetParam().task, 20, kColumns, GetParam().missing_share, 2);
  const LearnerUnderTest learner("xgboost", {{"rounds", int64_t{30}}, {"max_depth", GetParam().depth}});
  const auto model = learner.train(training_of(GetParam().task, train, train));
  const veleta_trees trees = model->trees();
  const tree_shap::Forest forest(trees, kColumns);
  const tree_shap::QuadratureKernel kernel(forest, tree_shap::QuadratureKernel::Factors::kKept);

  std::vector<double> found(rows.rows * kColumns * kColumns, 0);
  kernel.interact(rows.view(), found);
  const auto expected = by_xgboost(kInteractions, model->save(), rows.view());
  for (size_t row = 0; row < rows.rows; ++row)
    for (size_t i = 0; i < kColumns; ++i)
      for (size_t j = 0; j < kColumns; ++j)
        EXPECT_NEAR(found[(row * kColumns + i) * kColumns + j], expected[(row * kOuter + i) * kOuter + j],
                    1e-5 * (1 + std::abs(margin_by_view(trees, rows.view().row(row)))))
            << "row " << row << ", pair " << i << " " << j;
}

}  // namespace
}  // namespace veleta::testing
