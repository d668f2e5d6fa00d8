#include "label_errors.hpp"

#include <gtest/gtest.h>
#include <cmath>

namespace veleta {
namespace {

TEST(LabelErrors, OfARegressionAreAbsolute) {
  const TargetSpec target{"price", Task::kRegression, TargetTransform::kLog, "", ""};
  EXPECT_EQ(error_of(target, "601", 600), 1);
  EXPECT_EQ(error_of(target, "598.5", 600), 1.5);
  EXPECT_EQ(error_of(target, "\"601\"", 600), std::nullopt);
}

TEST(LabelErrors, OfAClassificationAreRightOrWrong) {
  const TargetSpec named{"dear", Task::kBinary, TargetTransform::kNone, "yes", "no"};
  EXPECT_EQ(error_of(named, "\"yes\"", 0.5), 0);
  EXPECT_EQ(error_of(named, "\"no\"", 0.5), 1);
  EXPECT_EQ(error_of(named, "\"no\"", 0.49), 0);
  EXPECT_EQ(error_of(named, "\"perhaps\"", 0.49), 1);
  const TargetSpec coded{"dear", Task::kBinary, TargetTransform::kNone, "1", "0"};
  EXPECT_EQ(error_of(coded, "1", 0.9), 0);
  EXPECT_EQ(error_of(coded, "1.0", 0.9), 0);
  EXPECT_EQ(error_of(coded, "0", 0.9), 1);
  const TargetSpec against_the_rest{"kind", Task::kBinary, TargetTransform::kNone, "cat", ""};
  EXPECT_EQ(error_of(against_the_rest, "\"dog\"", 0.1), 0);
  EXPECT_EQ(error_of(against_the_rest, "\"cat\"", 0.1), 1);
}

TEST(LabelErrors, AreKnownFromTheHoldout) {
  BundleParts parts;
  parts.target.task = Task::kRegression;
  EXPECT_EQ(error_series(parts).row_count, 0);
  parts.notes = {{"metrics", {{"rows", 200}, {"mae", 3}, {"rmse", 5}}}};
  const Series regression = error_series(parts);
  EXPECT_EQ(regression.row_count, 200);
  EXPECT_EQ(regression.mean, 3);
  EXPECT_EQ(regression.standard_deviation, 4);
  EXPECT_FALSE(regression.is_error);
  parts.target.task = Task::kBinary;
  parts.notes = {{"metrics", {{"rows", 200}, {"accuracy", 0.8}}}};
  const Series classification = error_series(parts);
  EXPECT_NEAR(classification.mean, 0.2, 1e-15);
  EXPECT_NEAR(classification.standard_deviation, 0.4, 1e-15);
  EXPECT_TRUE(classification.is_error);
  EXPECT_EQ(classification.maximum, 1);
}

}  // namespace
}  // namespace veleta
