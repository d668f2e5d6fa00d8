#include "run_report.hpp"

#include <gmock/gmock.h>

#include "test_bundles.hpp"
#include "trained_model.hpp"

namespace veleta::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::StartsWith;

/// A finished training on houses, and what a report of it holds.
class RunReportTest : public ::testing::Test {
 protected:
  static json::object drift_of(const char* column) {
    const json::object result{{"column", column}, {"detector", "ks"},  {"verdict", "drifted"},
                              {"effect", 0.5},    {"min_effect", 0.1}, {"adjusted_p", 0.001}};
    return {{"drift", {{"alpha", 0.05}, {"results", json::array{result}}}}};
  }

  RunReport report(const json::object& detected, const char* learner = "xgboost") {
    BundleParts parts = train_model({learner, kPrice}, train_, {})->parts();
    parts.importance = importance_;
    const auto bundle = open_model(to_files(parts));
    const HoldoutRows holdout{holdout_, kPrice.values(holdout_)};
    return make_report({*bundle, holdout, metric_, detected});
  }

  const TargetSpec kPrice{"price", Task::kRegression, TargetTransform::kNone, "", ""};
  Table train_ = houses(300, 1), holdout_ = houses(200, 2);
  std::map<std::string, double> importance_{{"size", 900}, {"rooms", 90}, {"city", 500}, {"state", 50},
                                            {"sold", 5},   {"street", 0}, {"dear", 1}};
  std::string metric_ = "mae";
};

TEST_F(RunReportTest, HoldsAPictureAndATableOfEachKind) {
  const RunReport found = report(drift_of("size"));
  EXPECT_THAT(found.problems, IsEmpty());
  for (const char* name : {"predicted_against_actual", "error_by_segment", "drift", "shap_summary", "shap_beeswarm"}) {
    EXPECT_THAT(found.files.at(std::string("plots/") + name + ".svg"), StartsWith("<svg")) << name;
    EXPECT_THAT(found.files.at(std::string("plots/") + name + ".png"), StartsWith("\x89PNG")) << name;
  }
  EXPECT_THAT(found.files.at("tables/drift.csv"), HasSubstr("size,ks,drifted,0.5,0.1"));
  EXPECT_THAT(found.files.at("tables/shap_summary.csv"),
              StartsWith("column,mean_attribution_size\nsize,900\ncity,500\n"));
}

TEST_F(RunReportTest, TellsErrorsByTheCategoryThatMattersMost) {
  const RunReport found = report(drift_of("size"));
  EXPECT_THAT(found.files.at("plots/error_by_segment.svg"),
              AllOf(HasSubstr("Error by city"), HasSubstr("mae (price)")));
  EXPECT_THAT(found.files.at("tables/error_by_segment.csv"),
              AllOf(StartsWith("city,mae,"), HasSubstr("\ncity 7,"), HasSubstr("\n(missing),")));
}

TEST_F(RunReportTest, PassesOverCategoriesOfTooManyLabels) {
  importance_["street"] = 1e6;  // no two houses share one
  EXPECT_THAT(report(drift_of("size")).files.at("plots/error_by_segment.svg"), HasSubstr("Error by city"));
}

TEST_F(RunReportTest, HasNoDriftOfAFirstBatch) {
  const RunReport found = report({{"drift", {{"alpha", 0.05}, {"results", json::array{}}}}});
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.files, AllOf(Not(Contains(Key("plots/drift.svg"))), Contains(Key("plots/error_by_segment.svg"))));
}

TEST_F(RunReportTest, ToldWithoutThePictureThatCannotBeDrawn) {
  const RunReport found = report({{"drift", nullptr}});
  EXPECT_THAT(found.problems, ElementsAre(StartsWith("drift could not be drawn: ")));
  EXPECT_THAT(found.files, AllOf(Contains(Key("plots/predicted_against_actual.png")),
                                 Contains(Key("plots/error_by_segment.png")), Not(Contains(Key("plots/drift.png")))));
}

TEST_F(RunReportTest, ExplainsNothingWhereNoPluginCan) {
  const RunReport found = report(drift_of("size"), "ridge");  // linear_shap is not linked
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.files, Not(Contains(Key("plots/shap_summary.svg"))));
}

TEST_F(RunReportTest, IsTheSameForTheSameRun) {
  const RunReport once = report(drift_of("size")), again = report(drift_of("size"));
  EXPECT_EQ(once.files, again.files);
}

}  // namespace
}  // namespace veleta::testing
