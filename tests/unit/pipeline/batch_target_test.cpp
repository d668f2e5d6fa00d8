#include "batch_target.hpp"

#include <gmock/gmock.h>

namespace veleta {
namespace {

using testing::HasSubstr;

Column labels_of(const std::vector<const char*>& labels) {
  Column column{"sold", ColumnType::kCategory, {}, {}, {}};
  for (const char* label : labels) {
    if (label)
      column.append_label(label);
    else
      column.append_missing();
  }
  return column;
}

/// What is said of a classification's target; nothing where it may be trained on.
std::string of_labels(const std::vector<const char*>& labels, const std::set<std::string>& known,
                      const std::string& positive = "") {
  PipelineConfig config{};
  config.pipeline = {"realty", "classification", "sold", "none", positive};
  const auto problem = target_problem(labels_of(labels), config, known);
  return problem ? problem->sentence : "";
}

std::string of_numbers(const std::vector<double>& numbers, const std::string& transform) {
  PipelineConfig config{};
  config.pipeline = {"realty", "regression", "price", transform, ""};
  const auto problem = target_problem({"price", ColumnType::kNumber, numbers, {}, {}}, config, {});
  return problem ? problem->sentence : "";
}

TEST(BatchTarget, HoldsTheKnownLabelsAlone) {
  EXPECT_EQ(of_labels({"yes", nullptr, "no", "yes"}, {"no", "yes"}), "");
  EXPECT_EQ(of_labels({"no", "no"}, {"no", "yes"}), "") << "one class is enough where both are known";
  EXPECT_EQ(of_labels({"yes", "no", "Yes", "no", "maybe", "Yes"}, {"no", "yes"}),
            "the target 'sold' is 'no' or 'yes', and the batch also has 'maybe' (row 4), 'Yes' (2 rows, from row 2)");
}

TEST(BatchTarget, OfAFirstBatchHasTwoLabelsAtMost) {
  EXPECT_EQ(of_labels({"yes", "no"}, {}), "");
  EXPECT_EQ(of_labels({"yes"}, {}), "") << "the next batch may bring the other";
  EXPECT_EQ(of_labels({"yes", "no", "yes", "no", "Yes"}, {}),
            "the target 'sold' has 3 labels, and classification needs exactly 2: 'Yes' (row 4), 'no' (2 rows, from row "
            "1), 'yes' (2 rows, from row 0)");
  EXPECT_EQ(of_labels({nullptr, nullptr}, {}), "");
}

TEST(BatchTarget, AddsTheSecondLabelToABatchOfOne) {
  EXPECT_EQ(of_labels({"yes", "no"}, {"no"}), "");
  EXPECT_THAT(of_labels({"yes", "Yes"}, {"no"}), HasSubstr("has 3 labels"));
  EXPECT_EQ(of_labels({"Yes"}, {"no"}, "yes"),
            "the target 'sold' is 'no' or 'yes', and the batch also has 'Yes' (row 0)");
}

TEST(BatchTarget, HasThePositiveLabelThatTheFileNames) {
  EXPECT_EQ(of_labels({"yes", "no"}, {}, "yes"), "");
  EXPECT_EQ(of_labels({"no"}, {}, "yes"), "");
  EXPECT_EQ(of_labels({"Yes", "no", "no"}, {}, "yes"),
            "the target 'sold' has no label 'yes', which pipeline.positive names; it has 'Yes' (row 0), 'no' (2 rows, "
            "from row 1)");
}

TEST(BatchTarget, OfManyLabelsNamesTheRarest) {
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.push_back(std::to_string(i));
  std::vector<const char*> labels;
  for (const auto& text : texts) labels.push_back(text.c_str());
  EXPECT_EQ(of_labels(labels, {}),
            "the target 'sold' has more than 20 labels, and classification needs exactly 2: '0' (row 0), '1' (row 1), "
            "'10' (row 10), '11' (row 11), …");
}

TEST(BatchTarget, OfTheLogTransformIsNotNegative) {
  EXPECT_EQ(of_numbers({0, 3, std::numeric_limits<double>::quiet_NaN()}, "log"), "");
  EXPECT_EQ(of_numbers({1, -2, -5.5, 3}, "log"),
            "2 rows have a price below 0, which the log transform does not take: the least is -5.5, the first -2 in "
            "row 1");
  EXPECT_EQ(of_numbers({1, -5}, "log"),
            "1 row has a price below 0, which the log transform does not take: the least is -5, the first -5 in row 1");
  EXPECT_EQ(of_numbers({1, -2}, "none"), "");
}

TEST(BatchTarget, OfARegressionHoldsNumbers) {
  PipelineConfig config{};
  config.pipeline = {"realty", "regression", "sold", "none", ""};
  EXPECT_THAT(target_problem(labels_of({"n/a"}), config, {})->sentence,
              HasSubstr("the target 'sold' is a category column since the first batch, and regression needs numbers"));
}

}  // namespace
}  // namespace veleta
