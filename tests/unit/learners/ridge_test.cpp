#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_rows.hpp"
#include "plugin_under_test.hpp"

namespace veleta::testing {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

std::unique_ptr<ModelUnderTest> train(const LearnerUnderTest& learner, Task task, const std::vector<float>& values,
                                      const std::vector<double>& target) {
  const MatrixView rows{values.data(), target.size(), values.size() / target.size(), {}};
  return learner.train({task, 1, 1, rows, target, {}, {}});
}

std::vector<double> coefficients(const veleta_linear& model) {
  return {model.coefficients, model.coefficients + model.columns};
}

TEST(Ridge, FindsTheLineThroughExactPoints) {
  std::vector<float> values;
  std::vector<double> target;
  for (int i = 0; i < 20; ++i) {
    const auto x = static_cast<float>(i), z = static_cast<float>(i * i % 7);
    values.insert(values.end(), {x, z});
    target.push_back(5 + 2 * x - 300 * z);
  }
  const LearnerUnderTest learner("ridge", {{"lambda", 0.0}});
  const auto model = train(learner, Task::kRegression, values, target);
  EXPECT_THAT(coefficients(model->linear()), Pointwise(DoubleNear(1e-9), {2.0, -300.0}));
  EXPECT_NEAR(model->linear().intercept, 5, 1e-9);
  EXPECT_THAT(model->predict({values.data(), 20, 2, {}}), Pointwise(DoubleNear(1e-8), target));
}

// One standardised feature: the coefficient is the sum of z t over (rows + lambda).
TEST(Ridge, ShrinksByLambdaOverTheRows) {
  const std::vector<float> values{1, 3};  // z = -1, 1
  const LearnerUnderTest learner("ridge", {{"lambda", 2.0}});
  const auto model = train(learner, Task::kRegression, values, {10, 20});  // t = -5, 5
  EXPECT_THAT(coefficients(model->linear()), Pointwise(DoubleNear(1e-12), {10.0 / (2 + 2)}));
  EXPECT_NEAR(model->linear().intercept, 15 - 2.5 * 2, 1e-12);
  EXPECT_EQ(model->linear().means[0], 2);
}

TEST(Ridge, ChoosesASmallLambdaForSignalAndALargeOneForNoise) {
  MadeRows rows(Task::kRegression, 500, 6, 0, 1);
  const LearnerUnderTest signal("ridge"), noise("ridge");
  train(signal, Task::kRegression, rows.values, rows.target);
  std::mt19937 random(2);
  for (double& target : rows.target) target = std::normal_distribution<double>()(random);
  train(noise, Task::kRegression, rows.values, rows.target);
  EXPECT_LT(signal.metrics.at("lambda")[0], 10);
  EXPECT_GT(noise.metrics.at("lambda")[0], 50);
}

TEST(Ridge, GivesConstantFeaturesNothingAndTwinsTheSame) {
  std::vector<float> values;
  std::vector<double> target;
  for (int i = 0; i < 50; ++i) {
    const auto x = static_cast<float>(i % 11);
    values.insert(values.end(), {x, 1e6f, x});
    target.push_back(3 * x);
  }
  for (const double lambda : {0.0, 1e-6}) {
    const LearnerUnderTest learner("ridge", {{"lambda", lambda}});
    const auto model = train(learner, Task::kRegression, values, target);
    EXPECT_THAT(coefficients(model->linear()), Pointwise(DoubleNear(1e-6), {1.5, 0.0, 1.5}));
  }
}

// At the optimum the gradient of the penalised logistic loss is zero: checked from its formula.
TEST(Ridge, FindsTheOptimumOfTheLogisticLoss) {
  const MadeRows rows(Task::kBinary, 400, 5, 0, 3);
  const LearnerUnderTest learner("ridge", {{"lambda", 4.0}});
  const auto model = train(learner, Task::kBinary, rows.values, rows.target);
  const veleta_linear linear = model->linear();
  EXPECT_EQ(linear.link, VELETA_LOGISTIC);
  const auto predictions = model->predict(rows.view());
  double intercept_gradient = 0;
  std::vector<double> gradient(5, 0), squares(5, 0);
  for (size_t row = 0; row < rows.rows; ++row) {
    const double error = predictions[row] - rows.target[row];
    intercept_gradient += error;
    for (size_t column = 0; column < 5; ++column) {
      const double distance = rows.view().at(row, column) - linear.means[column];
      gradient[column] += error * distance;
      squares[column] += distance * distance;
    }
  }
  EXPECT_NEAR(intercept_gradient, 0, 0.01);
  for (size_t column = 0; column < 5; ++column) {
    const double deviation = std::sqrt(squares[column] / 400);
    EXPECT_NEAR(gradient[column] / deviation + 4 * linear.coefficients[column] * deviation, 0, 0.01);
  }
}

TEST(Ridge, SeparableClassesEndInFiniteCoefficients) {
  const std::vector<float> values{-2, -1, 1, 2};
  const LearnerUnderTest learner("ridge");
  const auto model = train(learner, Task::kBinary, values, {0, 0, 1, 1});
  const auto predictions = model->predict({values.data(), 4, 1, {}});
  EXPECT_LT(predictions[1], 0.5);
  EXPECT_GT(predictions[2], 0.5);
  EXPECT_LT(model->linear().coefficients[0], 10);
}

TEST(Ridge, ViewGivesThePredictions) {
  for (const Task task : {Task::kRegression, Task::kBinary}) {
    const MadeRows rows(task, 200, 5, 0, 4);
    const LearnerUnderTest learner("ridge");
    const auto model = train(learner, task, rows.values, rows.target);
    const veleta_linear linear = model->linear();
    const auto predictions = model->predict(rows.view());
    for (size_t row = 0; row < rows.rows; ++row) {
      double margin = linear.intercept;
      for (size_t column = 0; column < 5; ++column) margin += linear.coefficients[column] * rows.view().at(row, column);
      EXPECT_DOUBLE_EQ(predictions[row], task == Task::kBinary ? logistic(margin) : margin);
    }
  }
}

TEST(Ridge, RefusesMissingFeaturesByName) {
  MadeRows rows(Task::kRegression, 20, 4, 0, 5);
  rows.values[4 * 3 + 2] = std::numeric_limits<float>::quiet_NaN();
  const char* names[] = {"a", "b", "size", "d"};
  Training training = training_of(Task::kRegression, rows, rows);
  training.train.names = names;
  const LearnerUnderTest learner("ridge");
  EXPECT_TRUE(learner.needs_complete());
  try {
    learner.train(training);
    FAIL() << "trained on a missing value";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("'size' is missing or infinite in training row 3"));
  }
}

}  // namespace
}  // namespace veleta::testing
