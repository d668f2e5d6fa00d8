#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <veleta/detector.hpp>

#include "drift/drift.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Says what a test wants said: the means' distance is the effect, the current window's deviation the p-value.
class ByTheBook final : public NumericDetector, public CategoricalDetector {
 public:
  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    DriftResult result;
    result.statistic = result.effect = std::abs(current.mean - reference.mean);
    result.p_value = current.standard_deviation;
    result.min_effect = 0.1;
    result.detectable_effect = 100 / current.row_count;
    return result;
  }
  /// The labels as both windows share them, with their counts.
  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const override {
    DriftResult result;
    result.statistic = result.effect = result.min_effect = 0;
    for (size_t i = 0; i < reference.labels.size(); ++i)
      result.detail += std::string(current.labels[i]) + ":" + std::to_string(static_cast<int>(reference.counts[i])) +
                       "," + std::to_string(static_cast<int>(current.counts[i])) + " ";
    return result;
  }
};

class Throws final : public NumericDetector {
 public:
  DriftResult compare(const NumericSample&, const NumericSample&) const override {
    throw std::runtime_error("no luck today");
  }
};

class NotANumber final : public NumericDetector {
 public:
  DriftResult compare(const NumericSample&, const NumericSample&) const override {
    return {.statistic = 1, .p_value = 0.5, .effect = std::nan(""), .min_effect = 0.1};
  }
};

VELETA_DETECTOR(ByTheBook, "by_the_book", "1.0.0")
VELETA_DETECTOR(Throws, "throws", "1.0.0")
class NanPValue final : public NumericDetector {
 public:
  DriftResult compare(const NumericSample&, const NumericSample&) const override {
    return {.statistic = 1, .p_value = std::nan(""), .effect = 1, .min_effect = 0.1};
  }
};

class Declines final : public NumericDetector {
 public:
  DriftResult compare(const NumericSample&, const NumericSample&) const override {
    throw Error(ErrorCode::kUnsupported, "the column is too short");
  }
};

class Cancelled final : public NumericDetector {
 public:
  DriftResult compare(const NumericSample&, const NumericSample&) const override {
    throw Error(ErrorCode::kCancelled, "interrupted");
  }
};

VELETA_DETECTOR(Cancelled, "cancelled", "1.0.0")
VELETA_DETECTOR(NanPValue, "nan_p_value", "1.0.0")
VELETA_DETECTOR(Declines, "declines", "1.0.0")
VELETA_DETECTOR(NotANumber, "not_a_number", "1.0.0")

std::vector<DetectorUse> use(const std::vector<std::string>& names, const std::vector<std::string>& columns = {}) {
  static PluginHost host({});
  static const bool added = (host.add_static(&veleta_library_entry), true);
  EXPECT_TRUE(added);
  std::vector<DetectorUse> uses;
  for (const auto& name : names) uses.push_back({name, host.create_detector(name, {}, {}), columns});
  return uses;
}

ColumnProfile numbers(const std::string& name, double mean, double p_value, double rows = 10000) {
  ColumnProfile column;
  column.name = name;
  column.cells.least = {mean};
  column.cells.rows = {rows};
  column.row_count = rows;
  column.mean = mean;
  column.standard_deviation = p_value;
  return column;
}

ColumnProfile categories(const std::string& name, std::vector<std::string> labels, std::vector<double> counts) {
  ColumnProfile column;
  column.name = name;
  column.type = ColumnType::kCategory;
  column.labels = std::move(labels);
  column.counts = std::move(counts);
  column.row_count = 1;
  return column;
}

const ColumnDrift& only(const DriftReport& report, const std::string& column) {
  for (const auto& drift : report.results)
    if (drift.column == column) return drift;
  throw std::out_of_range(column);
}

const ColumnVerdict& column(const DriftReport& report, const std::string& name) {
  for (const auto& each : report.columns)
    if (each.column == name) return each;
  throw std::out_of_range(name);
}

TEST(DetectDrift, NeedsEffectAndEvidence) {
  const Profile reference{{numbers("both", 0, 0), numbers("effect", 0, 0), numbers("evidence", 0, 0)}, 10000};
  const Profile current{{numbers("both", 1, 0.001), numbers("effect", 1, 0.9), numbers("evidence", 0.05, 0.001)},
                        10000};
  auto detectors = use({"by_the_book"});
  const auto report = detect_drift(reference, current, detectors, 0.05);
  EXPECT_EQ(only(report, "both").verdict, DriftVerdict::kDrifted);
  EXPECT_EQ(only(report, "effect").verdict, DriftVerdict::kUnderpowered);
  EXPECT_EQ(only(report, "evidence").verdict, DriftVerdict::kStable);
}

TEST(DetectDrift, CorrectsForTheNumberOfColumns) {
  const Profile reference{{numbers("a", 0, 0), numbers("b", 0, 0)}, 10000};
  const Profile current{{numbers("a", 1, 0.04), numbers("b", 1, 0.9)}, 10000};
  auto detectors = use({"by_the_book"});
  const auto report = detect_drift(reference, current, detectors, 0.05);
  EXPECT_DOUBLE_EQ(only(report, "a").adjusted_p, 0.08);
  EXPECT_EQ(only(report, "a").verdict, DriftVerdict::kUnderpowered) << "its effect matters, and is not shown";
}

TEST(DetectDrift, TakesAResultWithoutPValueByItsEffect) {
  const Profile reference{{numbers("a", 0, 0)}, 10000}, current{{numbers("a", 1, DriftResult::kNoPValue)}, 10000};
  auto detectors = use({"by_the_book"});
  EXPECT_EQ(detect_drift(reference, current, detectors, 0.05).results.at(0).verdict, DriftVerdict::kDrifted);
}

TEST(DetectDrift, TellsTooFewRowsFromNoDrift) {
  const Profile reference{{numbers("a", 0, 0)}, 10000}, current{{numbers("a", 1, 0.5, 50)}, 50};
  auto detectors = use({"by_the_book"});
  EXPECT_EQ(detect_drift(reference, current, detectors, 0.05).results.at(0).verdict, DriftVerdict::kUnderpowered);
}

TEST(DetectDrift, ADetectorThatFailsOrReturnsRubbishIsARowThatSaysWhyAndEndsNothingElse) {
  const Profile reference{{numbers("a", 0, 0)}, 10000}, current{{numbers("a", 1, 0.001)}, 10000};
  for (const auto& [name, reason] : std::vector<std::pair<std::string, std::string>>{
           {"throws", "no luck today"}, {"not_a_number", "effect is nan"}, {"nan_p_value", "p-value is nan"}}) {
    auto detectors = use({name, "by_the_book"});
    const auto report = detect_drift(reference, current, detectors, 0.05);
    ASSERT_EQ(report.results.size(), 2) << name;
    EXPECT_EQ(report.results[0].verdict, DriftVerdict::kDrifted) << "by the other detector";
    EXPECT_DOUBLE_EQ(report.results[0].adjusted_p, 0.001) << "a failure counts as no comparison";
    const ColumnDrift& failure = report.results[1];
    EXPECT_EQ(failure.verdict, DriftVerdict::kNotJudged);
    EXPECT_TRUE(failure.failed);
    EXPECT_THAT(failure.sentence(), AllOf(HasSubstr("a could not be judged"), HasSubstr(name), HasSubstr(reason)));
    EXPECT_TRUE(to_json(failure).at("failed").as_bool());
  }
}

TEST(DetectDrift, IsCancelledByADetectorThatIs) {
  const Profile window{{numbers("a", 0, 0.5)}, 10000};
  auto detectors = use({"cancelled"});
  EXPECT_THROW(detect_drift(window, window, detectors, 0.05), Error);
}

TEST(DetectDrift, KeepsWhatADetectorCannotCompareAsARow) {
  const Profile window{{numbers("a", 0, 0.5)}, 10000};
  auto detectors = use({"declines", "by_the_book"});
  const auto report = detect_drift(window, window, detectors, 0.05);
  ASSERT_EQ(report.results.size(), 2);
  const auto not_judged = report.with(DriftVerdict::kNotJudged);
  ASSERT_EQ(not_judged.size(), 1);
  EXPECT_FALSE(not_judged[0]->failed) << "it declined";
  EXPECT_THAT(not_judged[0]->result.detail, HasSubstr("too short"));
  EXPECT_DOUBLE_EQ(report.results.back().adjusted_p, 0.5);  // it does not count as a comparison
}

TEST(DetectDrift, TellsOfAColumnThatChangedItsType) {
  const Profile reference{{numbers("a", 0, 0)}, 1}, current{{categories("a", {"x"}, {1})}, 1};
  auto detectors = use({"by_the_book"});
  const auto report = detect_drift(reference, current, detectors, 0.05);
  EXPECT_EQ(report.results.at(0).verdict, DriftVerdict::kNotJudged);
  EXPECT_THAT(report.results.at(0).result.detail, HasSubstr("number in the reference and a category"));
}

TEST(DetectDrift, UnitesTheLabelsOfBothWindows) {
  const Profile reference{{categories("c", {"a", "b"}, {5, 2})}, 7}, current{{categories("c", {"x", "b"}, {4, 1})}, 5};
  auto detectors = use({"by_the_book"});
  EXPECT_EQ(detect_drift(reference, current, detectors, 0.05).results.at(0).result.detail, "a:5,0 b:2,1 x:0,4 ");
}

TEST(DetectDrift, LooksAtTheNamedColumnsAlone) {
  const Profile window{{numbers("a", 0, 0.5), numbers("b", 0, 0.5)}, 1};
  auto detectors = use({"by_the_book"}, {"b"});
  const auto report = detect_drift(window, window, detectors, 0.05);
  ASSERT_EQ(report.results.size(), 1);
  EXPECT_EQ(report.results[0].column, "b");
}

TEST(DetectDrift, RefusesAColumnThatNeitherWindowHas) {
  const Profile window{{numbers("price", 0, 0.5)}, 1};
  auto detectors = use({"by_the_book"}, {"prise"});
  try {
    detect_drift(window, window, detectors, 0.05);
    FAIL() << "accepted an unknown column";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("Did you mean 'price'?"));
  }
}

TEST(DetectDrift, FailsANamedColumnThatTheDetectorCannotCompare) {
  const Profile window{{categories("c", {"a"}, {1})}, 1};
  auto detectors = use({"throws"}, {"c"});
  const auto report = detect_drift(window, window, detectors, 0.05);
  EXPECT_THAT(report.results.at(0).result.detail, HasSubstr("'throws' does not compare categories"));
}

TEST(DetectDrift, HasARowForAColumnThatOneWindowLacks) {
  const Profile reference{{numbers("old", 0, 0.5), numbers("a", 0, 0.5)}, 1};
  const Profile current{{numbers("a", 0, 0.5), numbers("fresh", 0, 0.5)}, 1};
  auto detectors = use({"by_the_book"});
  const auto report = detect_drift(reference, current, detectors, 0.05);
  EXPECT_EQ(report.results.size(), 1);
  ASSERT_EQ(report.columns.size(), 3);
  EXPECT_EQ(column(report, "old").note, "only in the reference");
  EXPECT_EQ(column(report, "old").verdict, DriftVerdict::kNotJudged);
  EXPECT_EQ(column(report, "fresh").note, "only in the current window");
  EXPECT_THAT(report.sentence(), HasSubstr("Only one window has old, fresh."));
  const auto json = to_json(report);
  EXPECT_TRUE(json.at("columns").at(0).at("current").is_null());
}

TEST(DetectDrift, SumsUpWhatDetectorsSayOfAColumn) {
  const Profile reference{{numbers("a", 0, 0), numbers("b", 0, 0), numbers("c", 0, 0)}, 10000};
  const Profile current{{numbers("a", 0, 0.9), numbers("b", 1, 0.9), numbers("c", 1, 0.0001)}, 10000};
  auto detectors = use({"declines", "throws", "by_the_book"});
  const auto report = detect_drift(reference, current, detectors, 0.05);
  EXPECT_EQ(column(report, "a").verdict, DriftVerdict::kStable) << "one that could not judge takes nothing from it";
  EXPECT_EQ(column(report, "b").verdict, DriftVerdict::kUnderpowered);
  EXPECT_EQ(column(report, "c").verdict, DriftVerdict::kDrifted);
  EXPECT_EQ(report.columns.front().column, "c");
  EXPECT_EQ(report.results[report.columns.front().results.front()].detector, "by_the_book");
  EXPECT_EQ(report.verdict(), DriftVerdict::kDrifted);
  EXPECT_EQ(report.sentence(), "1 of 3 columns drifted: c. Too few rows to tell of b.");
  const auto json = to_json(report);
  EXPECT_EQ(json.at("columns").at(0).at("detectors").at("by_the_book"), "drifted");
  EXPECT_EQ(json.at("columns").at(0).at("detectors").at("throws"), "not_judged");
}

TEST(DetectDrift, TellsMissingValuesOfBothWindows) {
  Profile reference{{numbers("a", 0, 0, 90)}, 100}, current{{numbers("a", 0, 0.9, 60)}, 100};
  reference.columns[0].missing_count = 10;
  current.columns[0].missing_count = 40;
  auto detectors = use({"by_the_book"});
  const auto report = detect_drift(reference, current, detectors, 0.05);
  EXPECT_DOUBLE_EQ(column(report, "a").reference_missing_share(), 0.1);
  EXPECT_DOUBLE_EQ(column(report, "a").current_missing_share(), 0.4);
  EXPECT_EQ(to_json(report).at("columns").at(0).at("current").at("missing").as_double(), 40);
}

TEST(DetectDrift, TakesTheSmallestPOfWhatMatters) {
  const Profile reference{{numbers("a", 0, 0), numbers("b", 0, 0)}, 10000};
  const Profile current{{numbers("a", 0.05, 0.0001), numbers("b", 1, 0.02)}, 10000};
  auto detectors = use({"by_the_book"});
  EXPECT_DOUBLE_EQ(detect_drift(reference, current, detectors, 0.05).smallest_p(), 0.02) << "a's effect is too small";
  EXPECT_DOUBLE_EQ(detect_drift(reference, reference, detectors, 0.05).smallest_p(), 1);
}

TEST(DetectDrift, TellsHowFarItIsAndEndsWithWhatThatThrows) {
  const Profile window{{numbers("a", 0, 0.5), numbers("b", 0, 0.5)}, 10000};
  auto detectors = use({"by_the_book"});
  std::vector<double> fractions;
  detect_drift({window, window}, detectors,
               {0.05, {}, [&](double fraction, const std::string&) { fractions.push_back(fraction); }});
  EXPECT_THAT(fractions, ElementsAre(0, 0.5));
  EXPECT_THROW(detect_drift({window, window}, detectors,
                            {0.05, {}, [](double, const std::string&) { throw std::runtime_error("enough"); }}),
               std::runtime_error);
}

TEST(DetectDrift, PutsWhatTheModelLeansOnFirst) {
  const Profile reference{{numbers("little", 0, 0), numbers("much", 0, 0), numbers("stable", 0, 0)}, 10000};
  const Profile current{{numbers("little", 3, 0.001), numbers("much", 1, 0.001), numbers("stable", 0, 0.9)}, 10000};
  auto detectors = use({"by_the_book"});
  const auto report = detect_drift(reference, current, detectors, 0.05, {{"little", 1}, {"much", 9}});
  std::vector<std::string> order;
  for (const auto& drift : report.results) order.push_back(drift.column);
  EXPECT_THAT(order, ElementsAre("much", "little", "stable"));
  EXPECT_DOUBLE_EQ(report.results[0].impact, 0.9);
  EXPECT_DOUBLE_EQ(report.results[1].impact, 0.3);
}

}  // namespace
}  // namespace veleta
