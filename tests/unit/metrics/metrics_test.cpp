#include "metrics/metrics.hpp"

#include <gmock/gmock.h>
#include <limits>

#include "veleta/error.hpp"

namespace veleta {
namespace {

using testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// By hand: errors 10, -20, 30, -40 of 100, 200, 300, 0.
TEST(Metrics, OfARegression) {
  const std::vector<double> actual{100, 200, 300, 0, kNaN}, predicted{110, 180, 330, -40, 7};
  const Metrics metrics = compute_metrics(Task::kRegression, actual, predicted);
  EXPECT_EQ(metrics.at("rows"), 4);
  EXPECT_DOUBLE_EQ(metrics.at("mae"), 25);
  EXPECT_DOUBLE_EQ(metrics.at("rmse"), std::sqrt(750));
  EXPECT_DOUBLE_EQ(metrics.at("median_ae"), 25);
  EXPECT_DOUBLE_EQ(metrics.at("median_ape"), 0.1);  // the median of 0.1, 0.1, 0.1
  EXPECT_DOUBLE_EQ(metrics.at("r2"), 1 - 3000.0 / 50000);
}

// The example of scikit-learn's roc_auc_score, accuracy and brier by hand.
TEST(Metrics, OfAClassification) {
  const std::vector<double> actual{0, 0, 1, 1}, predicted{0.1, 0.4, 0.35, 0.8};
  const Metrics metrics = compute_metrics(Task::kBinary, actual, predicted);
  EXPECT_DOUBLE_EQ(metrics.at("auc"), 0.75);
  EXPECT_DOUBLE_EQ(metrics.at("accuracy"), 0.75);
  EXPECT_DOUBLE_EQ(metrics.at("brier"), (0.01 + 0.16 + 0.4225 + 0.04) / 4);
  EXPECT_DOUBLE_EQ(metrics.at("log_loss"), -(std::log(0.9) + std::log(0.6) + std::log(0.35) + std::log(0.8)) / 4);
}

// Of the pairs (positive, negative) two are right, one is tied and one is wrong.
TEST(Metrics, CountTiesAsHalf) {
  const std::vector<double> actual{0, 0, 1, 1}, predicted{0.2, 0.5, 0.5, 0.3};
  EXPECT_DOUBLE_EQ(compute_metrics(Task::kBinary, actual, predicted).at("auc"), 2.5 / 4);
  const std::vector<double> same(4, 0.5);
  EXPECT_DOUBLE_EQ(compute_metrics(Task::kBinary, actual, same).at("auc"), 0.5);
}

TEST(Metrics, AreNaNWhereRowsCannotTell) {
  const std::vector<double> one_class{1, 1}, predicted{0.5, 0.7}, none;
  EXPECT_TRUE(std::isnan(compute_metrics(Task::kBinary, one_class, predicted).at("auc")));
  EXPECT_TRUE(std::isnan(compute_metrics(Task::kRegression, one_class, predicted).at("r2")));
  EXPECT_EQ(compute_metrics(Task::kRegression, none, none).at("rows"), 0);
  EXPECT_TRUE(std::isnan(compute_metrics(Task::kRegression, none, none).at("mae")));
}

TEST(Metrics, StayFiniteForACertainMistake) {
  const std::vector<double> actual{1}, predicted{0};
  EXPECT_NEAR(compute_metrics(Task::kBinary, actual, predicted).at("log_loss"), -std::log(1e-15), 1e-9);
}

TEST(Metrics, LoseNothingInLongSums) {
  const std::vector<double> actual(1'000'000, 0), predicted(1'000'000, 0.1);
  EXPECT_NEAR(compute_metrics(Task::kRegression, actual, predicted).at("mae"), 0.1, 1e-15);
}

TEST(Metrics, RefuseLengthsThatDiffer) {
  const std::vector<double> two(2), three(3);
  EXPECT_THROW(compute_metrics(Task::kRegression, two, three), Error);
}

TEST(Metrics, KnowWhichWayIsBetter) {
  EXPECT_TRUE(lower_is_better("mae"));
  EXPECT_FALSE(lower_is_better("auc"));
  EXPECT_THAT(metric_names(Task::kBinary), testing::ElementsAre("log_loss", "brier", "auc", "accuracy"));
  try {
    lower_is_better("rsme");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("Did you mean 'rmse'?"));
  }
}

}  // namespace
}  // namespace veleta
