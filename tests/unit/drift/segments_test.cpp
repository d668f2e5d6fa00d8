#include "data/segments.hpp"

#include <gmock/gmock.h>
#include <cmath>
#include <random>
#include <veleta/detector.hpp>

#include "drift/drift.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// A z-test of means. Any effect matters, so that the p-values alone decide.
class MeanShift final : public NumericDetector {
 public:
  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    const auto squared_error = [](const NumericSample& sample) {
      return sample.standard_deviation * sample.standard_deviation / sample.row_count;
    };
    const double shift = current.mean - reference.mean;
    DriftResult result;
    result.statistic = shift / std::sqrt(squared_error(reference) + squared_error(current));
    result.p_value = std::erfc(std::abs(result.statistic) / std::sqrt(2.0));
    result.effect = std::abs(shift) / reference.standard_deviation;
    result.min_effect = 0;
    result.direction = shift > 0 ? 1 : -1;
    return result;
  }
};

VELETA_DETECTOR(MeanShift, "mean_shift", "1.0.0")

std::vector<DetectorUse> mean_shift() {
  static PluginHost host({});
  static const bool added = (host.add_static(&veleta_library_entry), true);
  EXPECT_TRUE(added);
  return {{"mean_shift", host.create_detector("mean_shift", {}, {}), {}}};
}

/// Near enough normal, of the same numbers whatever the standard library.
double bell(std::mt19937_64& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53;
  return sum;
}

std::string state(int index) { return "S" + std::to_string(index); }

/// Rows of some states in turn, with a price and a size; the price is `shift` higher in one state.
Table rows(std::mt19937_64& random, int count, int states, const std::string& shifted = "", double shift = 0) {
  Table table;
  table.columns.resize(3);
  table.columns[0].name = "state";
  table.columns[0].type = ColumnType::kCategory;
  table.columns[1].name = "price";
  table.columns[2].name = "size";
  for (int row = 0; row < count; ++row) {
    const std::string label = state(row % states);
    table.columns[0].append_label(label);
    table.columns[1].append_number(bell(random) + (label == shifted ? shift : 0));
    table.columns[2].append_number(bell(random));
  }
  return table;
}

DriftReport judged(const Table& reference, const Table& current, const SegmentRules& rules) {
  const Profile was = make_profile(reference), is = make_profile(current);
  const auto reference_segments = make_segments(reference, rules);
  const auto current_segments = same_segments(current, reference_segments);
  auto detectors = mean_shift();
  return detect_drift({was, is, &reference_segments, &current_segments, rules.min_rows}, detectors, {0.05, {}, {}});
}

TEST(SegmentDrift, IsFoundAndNamedWhereTheWholeHidesIt) {
  std::mt19937_64 random(7);
  const Table reference = rows(random, 12500, 50), current = rows(random, 12500, 50, "S31", 0.6);
  const DriftReport report = judged(reference, current, {{"state"}, 200, 50});
  ASSERT_THAT(report.segments, SizeIs(50));
  const auto drifted = report.with(DriftVerdict::kDrifted);
  ASSERT_THAT(drifted, SizeIs(1)) << report.sentence();
  EXPECT_EQ(drifted[0]->column, "price");
  EXPECT_THAT(drifted[0]->sentence(), HasSubstr("price drifted up where state is S31"));
  EXPECT_EQ(report.columns.front().segment, "state is S31");
  ASSERT_THAT(report.columns.front().movement.quantiles, SizeIs(7));
  const QuantileMove& median = report.columns.front().movement.quantiles[3];
  EXPECT_NEAR(median.current - median.reference, 0.6, 0.3) << "of the rows of that state alone";
  EXPECT_THAT(report.sentence(),
              StartsWith("None of 2 columns drifted; in 1 of 50 segments: price where state is S31."));
  const auto json = to_json(report);
  EXPECT_EQ(json.at("results").at(0).at("segment"), "state is S31");
  EXPECT_THAT(json.at("results").as_array(), SizeIs(3)) << "of other segments nothing is told";
}

TEST(SegmentDrift, IsNotMadeUpMoreOftenThanStated) {
  std::mt19937_64 random(11);
  int alarms = 0;
  constexpr int kRepetitions = 100;
  for (int i = 0; i < kRepetitions; ++i) {
    const Table reference = rows(random, 2000, 20), current = rows(random, 2000, 20);
    alarms += judged(reference, current, {{"state"}, 100, 50}).verdict() == DriftVerdict::kDrifted;
  }
  // 5 are expected at most; more than 12 come once in a thousand times. Without correction there would be 87.
  EXPECT_LE(alarms, 12);
}

TEST(SegmentDrift, TellsOfSegmentsThatAreTooSmallNow) {
  std::mt19937_64 random(3);
  const Table reference = rows(random, 1200, 4), current = rows(random, 1200, 3);
  const DriftReport report = judged(reference, current, {{"state"}, 200, 50});
  ASSERT_THAT(report.segments, SizeIs(4));
  EXPECT_FALSE(report.segments[3].compared);
  EXPECT_EQ(report.segments[3].segment, "state is S3");
  EXPECT_DOUBLE_EQ(report.segments[3].current_rows, 0);
  for (const auto& result : report.results) EXPECT_NE(result.segment, "state is S3");
}

Table letters(const std::string& labels) {
  Table table;
  table.columns.resize(2);
  table.columns[0].name = "letter";
  table.columns[0].type = ColumnType::kCategory;
  table.columns[1].name = "number";
  for (size_t i = 0; i < labels.size(); ++i) {
    labels[i] == '-' ? table.columns[0].append_missing() : table.columns[0].append_label(labels.substr(i, 1));
    table.columns[1].append_number(static_cast<double>(i % 3));
  }
  return table;
}

std::vector<std::string> names_of(const std::vector<Segment>& segments) {
  std::vector<std::string> names;
  for (const auto& segment : segments) names.push_back(segment.name());
  return names;
}

TEST(Segments, AreTheLargestOfEnoughRows) {
  const Table table = letters("bbbaaac--dddd");
  EXPECT_THAT(names_of(make_segments(table, {{"letter"}, 2, 50})),
              ElementsAre("letter is d", "letter is a", "letter is b"));
  EXPECT_THAT(names_of(make_segments(table, {{"letter"}, 1, 2})), ElementsAre("letter is d", "letter is a"));
  EXPECT_THAT(names_of(make_segments(table, {{"number"}, 4, 2})), ElementsAre("number is 0", "number is 1"));
  EXPECT_THAT(make_segments(table, {{}, 1, 50}), IsEmpty());
}

TEST(Segments, HoldTheirRowsAlone) {
  const auto segments = make_segments(letters("abab"), {{"letter"}, 1, 50});
  EXPECT_DOUBLE_EQ(segments.at(0).profile.row_count, 2);
  EXPECT_THAT(segments.at(0).profile.find("letter")->labels, ElementsAre("a"));
  const auto same = same_segments(letters("bbbx"), segments);
  EXPECT_EQ(names_of(same), names_of(segments));
  EXPECT_DOUBLE_EQ(same.at(0).profile.row_count, 0);
  EXPECT_DOUBLE_EQ(same.at(1).profile.row_count, 3);
}

TEST(Segments, AreRefusedByAColumnThatIsNotThere) {
  try {
    make_segments(letters("a"), {{"leter"}, 1, 50});
    FAIL() << "accepted an unknown column";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("Did you mean 'letter'?"));
  }
}

TEST(Segments, SurviveAsAFileWhichIsTheSameForTheSameRows) {
  const auto segments = make_segments(letters("abababcccc"), {{"letter", "number"}, 1, 50});
  const std::string bytes = serialize(segments);
  EXPECT_EQ(bytes, serialize(make_segments(letters("abababcccc"), {{"letter", "number"}, 1, 50})));
  const auto read = parse_segments(bytes);
  EXPECT_EQ(names_of(read), names_of(segments));
  EXPECT_EQ(serialize(read), bytes);
}

TEST(Segments, AreRefusedWhereTheFileIsBroken) {
  const std::string bytes = serialize(make_segments(letters("abababcccc"), {{"letter"}, 1, 50}));
  for (size_t length = 0; length < bytes.size(); length += 7)
    EXPECT_THROW(parse_segments(bytes.substr(0, length)), Error) << "of " << length << " bytes";
  EXPECT_THROW(parse_segments(bytes + "x"), Error);
  for (const char* head : {"{}", "[1]", R"([{"bytes": -1}])", R"([{"bytes": 99999999999}])", R"([{"column": "a"}])"})
    EXPECT_THROW(parse_segments(std::string("VLSEGM1\n") + head + "\n"), Error) << head;
}

}  // namespace
}  // namespace veleta
