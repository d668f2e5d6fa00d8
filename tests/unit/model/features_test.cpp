#include "model/features.hpp"

#include <gmock/gmock.h>
#include <algorithm>
#include <numeric>
#include <random>

#include "tables.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Fitted {
  FeatureEncoder encoder;
  Matrix encoded;
};

Fitted fit(const Table& table, const std::vector<double>& target, const FeatureOptions& options = {},
           std::vector<uint64_t> hashes = {}) {
  if (hashes.empty()) {
    hashes.resize(target.size());
    std::iota(hashes.begin(), hashes.end(), uint64_t{0});
  }
  Matrix encoded;
  FeatureEncoder encoder = FeatureEncoder::fit(table, "price", target, hashes, options, encoded);
  return {std::move(encoder), std::move(encoded)};
}

std::vector<float> encode_row(const FeatureEncoder& encoder, std::vector<Column> columns) {
  return encoder.encode({std::move(columns)}).values;
}

MATCHER_P(SameFloats, expected, "") {
  return std::ranges::equal(arg, expected, [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); });
}

/// A category of 40 levels whose mean target is its number, each of 10 rows; and a number that is the row's own.
struct ManyLevels {
  Table table;
  std::vector<double> target;

  ManyLevels() {
    std::vector<std::string> labels;
    std::vector<double> row_numbers;
    for (int row = 0; row < 400; ++row) {
      labels.push_back("city " + std::to_string(row % 40));
      target.push_back(row % 40 + (row / 40 % 2 == 0 ? 0.25 : -0.25));
      row_numbers.push_back(row);
    }
    table.columns = {categories("city", labels), numbers("row", row_numbers)};
  }
};

TEST(Features, KeepNumbersAndTheirGaps) {
  const auto [encoder, encoded] = fit({{numbers("bed", {3, kNaN, 0.1}), numbers("price", {1, 2, 3})}}, {1, 2, 3});
  EXPECT_THAT(encoder.feature_names(), ElementsAre("bed"));
  EXPECT_THAT(encoded.values, SameFloats(std::vector<float>{3, NAN, 0.1F}));
}

TEST(Features, FillGapsWithTheTrainingMeanWhereTheLearnerNeedsIt) {
  const auto [encoder, encoded] = fit({{numbers("bed", {3, kNaN, 6})}}, {1, 2, 3}, {.complete = true});
  EXPECT_THAT(encoded.values, ElementsAre(3, 4.5, 6));
  EXPECT_THAT(encode_row(encoder, {numbers("bed", {kNaN})}), ElementsAre(4.5));
}

TEST(Features, KeepInfinitiesOutOfTheMatrix) {
  const auto [encoder, encoded] = fit({{numbers("bed", {1, 1e300, -1e300})}}, {1, 2, 3});
  const float largest = 1e38f;  // twice as much is finite, as learners need
  EXPECT_THAT(encoded.values, ElementsAre(1, largest, -largest));
}

/// 1000 rows: 1 to 1000, but for five far ones at either end.
std::vector<double> with_outliers() {
  std::vector<double> values(1000);
  std::iota(values.begin(), values.end(), 1);
  std::fill_n(values.begin(), 5, -1e6);
  std::fill_n(values.rbegin(), 5, 1e9);
  return values;
}

TEST(Features, StayInTheMiddleOfTheTrainingRowsWhereTheLearnerNeedsCompleteRows) {
  const Table table{{numbers("size", with_outliers())}};
  const auto [encoder, encoded] = fit(table, std::vector<double>(1000, 1), {.complete = true});
  EXPECT_EQ(std::ranges::min(encoded.values), 6);
  EXPECT_EQ(std::ranges::max(encoded.values), 995);
  EXPECT_THAT(encode_row(encoder, {numbers("size", {-1e300, 5.5, 500, 995.5, 1e300})}),
              ElementsAre(6, 6, 500, 995, 995));
}

TEST(Features, KeepOutliersForOtherLearners) {
  const auto [encoder, encoded] = fit({{numbers("size", with_outliers())}}, std::vector<double>(1000, 1));
  EXPECT_EQ(std::ranges::max(encoded.values), 1e9F);
  EXPECT_THAT(encode_row(encoder, {numbers("size", {-3e6, 2e9})}), ElementsAre(-3e6F, 2e9F));
}

TEST(Features, KeepRareValuesWhereTheMiddleHoldsOneAlone) {
  std::vector<double> pools(1000, 0);
  pools[7] = 2;
  const auto encoder = fit({{numbers("pools", pools)}}, std::vector<double>(1000, 1), {.complete = true}).encoder;
  EXPECT_THAT(encode_row(encoder, {numbers("pools", {-1, 1, 2, 3})}), ElementsAre(0, 1, 2, 2));
}

TEST(Features, OfRowsWithoutATargetSetNoBounds) {
  std::vector<double> target{1, 2, kNaN};
  const auto encoder = fit({{numbers("size", {1, 2, 1e9})}}, target, {.complete = true}).encoder;
  EXPECT_THAT(encode_row(encoder, {numbers("size", {5})}), ElementsAre(2));
}

TEST(Features, TakeTimesApart) {
  const auto [encoder, encoded] =
      fit({{times("sold", {"1970-01-02T12:00:00Z", "2019-06-28", "1969-12-31"})}}, {1, 2, 3});
  EXPECT_THAT(encoder.feature_names(), ElementsAre("sold (days)", "sold (year)", "sold (month)", "sold (weekday)"));
  // 28 June 2019 was a Friday, 31 December 1969 a Wednesday.
  EXPECT_THAT(encoded.values, ElementsAre(1.5, 1970, 1, 5, 18075, 2019, 6, 5, -1, 1969, 12, 3));
  EXPECT_THAT(encode_row(encoder, {times("sold", {""})}), SameFloats(std::vector<float>{NAN, NAN, NAN, NAN}));
  EXPECT_THAT(encode_row(encoder, {[] {
                           Column column = times("sold", {""});
                           column.numbers[0] = 1e300;
                           return column;
                         }()}),
              SameFloats(std::vector<float>{NAN, NAN, NAN, NAN}));
}

TEST(Features, GiveEachOfFewLevelsAFeature) {
  const auto [encoder, encoded] = fit({{categories("status", {"sold", "open", "sold", "open", "odd", ""})}},
                                      {1, 2, 3, 4, 5, 6}, {.min_level_rows = 2});
  EXPECT_THAT(encoder.feature_names(), ElementsAre("status = open", "status = sold"));
  EXPECT_THAT(encoded.values, ElementsAre(0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0));
  EXPECT_THAT(encode_row(encoder, {categories("status", {"never seen"})}), ElementsAre(0, 0));
}

TEST(Features, TakeABooleanForItsLevelHoweverItIsSpelt) {
  const auto encoded_with = [](const std::string& yes, const std::string& no, const std::string& label) {
    const auto [encoder, encoded] =
        fit({{categories("sold", {yes, no, yes, no})}}, {1, 2, 3, 4}, {.min_level_rows = 2});
    return encode_row(encoder, {categories("sold", {label})});
  };
  for (const auto& [yes, no] : {std::pair{"true", "false"}, {"True", "False"}, {"TRUE", "FALSE"}}) {
    for (const char* label : {"true", "True", "TRUE"}) EXPECT_THAT(encoded_with(yes, no, label), ElementsAre(0, 1));
    for (const char* label : {"false", "False", "FALSE"}) EXPECT_THAT(encoded_with(yes, no, label), ElementsAre(1, 0));
    EXPECT_THAT(encoded_with(yes, no, "tRUE"), ElementsAre(0, 0));
  }
  EXPECT_THAT(encoded_with("true", "True", "true"), ElementsAre(0, 1)) << "levels of their own";
  EXPECT_THAT(encoded_with("true", "True", "True"), ElementsAre(1, 0)) << "levels of their own";
  EXPECT_THAT(encoded_with("yes", "no", "true"), ElementsAre(0, 0));
}

TEST(Features, TakeFrequentMissingForALevel) {
  const auto [encoder, encoded] =
      fit({{categories("garage", {"yes", "", "yes", ""})}}, {1, 2, 3, 4}, {.min_level_rows = 2});
  EXPECT_THAT(encoder.feature_names(), ElementsAre("garage = yes", "garage missing"));
  EXPECT_THAT(encoded.values, ElementsAre(1, 0, 0, 1, 1, 0, 0, 1));
}

TEST(Features, SmoothTheMeanOfALevel) {
  // 13 levels of 2 rows; the mean of all targets is 10, that of level "a" 15: (2 * 15 + 6 * 10) / (2 + 6) = 11.25.
  std::vector<std::string> labels;
  std::vector<double> target(26, 10);
  for (char letter = 'a'; letter < 'n'; ++letter) labels.insert(labels.end(), 2, std::string(1, letter));
  target[0] = target[1] = 15;
  target[2] = target[3] = 5;
  const auto [encoder, encoded] = fit({{categories("city", labels)}}, target, {.min_level_rows = 2, .smoothing = 6});
  EXPECT_THAT(encoder.feature_names(), ElementsAre("city (mean)", "city (rows)"));
  EXPECT_THAT(encode_row(encoder, {categories("city", {"a"})}), ElementsAre(11.25, std::log1p(2.0F)));
  EXPECT_THAT(encode_row(encoder, {categories("city", {"zzz"})}), ElementsAre(10, 0));
}

TEST(Features, KeepTheNumberOfCodesThatAreNumbers) {
  std::vector<std::string> codes;
  for (int code = 601; code < 621; ++code) codes.insert(codes.end(), 2, std::to_string(code));
  const std::vector<double> target(codes.size(), 1);
  const FeatureEncoder encoder = fit({{categories("zip", codes)}}, target, {.min_level_rows = 2}).encoder;
  EXPECT_THAT(encoder.feature_names(), ElementsAre("zip (mean)", "zip (rows)", "zip (number)"));
  EXPECT_THAT(encode_row(encoder, {categories("zip", {"1201"})}), ElementsAre(1, 0, 1201));
  EXPECT_THAT(encode_row(encoder, {categories("zip", {"B-12"})}), SameFloats(std::vector<float>{1, 0, NAN}));
  const FeatureEncoder complete =
      fit({{categories("zip", codes)}}, target, {.min_level_rows = 2, .complete = true}).encoder;
  EXPECT_THAT(encode_row(complete, {categories("zip", {""})}), ElementsAre(1, std::log1p(2.0F), 610.5));
}

TEST(Features, EncodeNoRowByItsOwnTarget) {
  const ManyLevels data;
  const Matrix before = fit(data.table, data.target).encoded;
  for (size_t row = 0; row < 50; ++row) {
    auto changed = data.target;
    changed[row] = 1e6;
    const Matrix after = fit(data.table, changed).encoded;
    const auto features = [row](const Matrix& matrix) {
      return std::span(matrix.values).subspan(row * matrix.columns, matrix.columns);
    };
    EXPECT_TRUE(std::ranges::equal(features(before), features(after))) << row;
    EXPECT_NE(before.values, after.values) << row;
  }
}

TEST(Features, DoNotDependOnTheOrderOfRows) {
  ManyLevels data;
  std::mt19937 random(7);
  for (double& value : data.target) value += std::normal_distribution()(random);
  std::vector<uint64_t> hashes(400);
  for (auto& hash : hashes) hash = random();
  std::vector<size_t> order(400);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::shuffle(order, random);
  std::vector<double> shuffled_target;
  std::vector<uint64_t> shuffled_hashes;
  for (const size_t row : order) {
    shuffled_target.push_back(data.target[row]);
    shuffled_hashes.push_back(hashes[row]);
  }
  const Fitted straight = fit(data.table, data.target, {}, hashes);
  const Fitted shuffled = fit(data.table.select(order), shuffled_target, {}, shuffled_hashes);
  EXPECT_EQ(shuffled.encoded.values, straight.encoded.select(order).values);
  EXPECT_EQ(json::serialize(shuffled.encoder.to_json()), json::serialize(straight.encoder.to_json()));
}

TEST(Features, LearnNothingFromRowsWithoutATarget) {
  ManyLevels data;
  data.target[0] = kNaN;
  const auto [encoder, encoded] = fit(data.table, data.target);
  EXPECT_EQ(encoded.rows, 400u);
  EXPECT_TRUE(std::ranges::none_of(encoded.values, [](float value) { return std::isnan(value); }));
}

TEST(Features, LeaveOutColumnsThatTellNothing) {
  const Table table{{numbers("empty", {kNaN, kNaN, kNaN}), numbers("same", {4, 4, 4}), numbers("gap", {4, kNaN, 4}),
                     categories("one", {"a", "a", "a"}), categories("rare", {"a", "b", "c"}),
                     times("never", {"", "", ""}), numbers("useful", {1, 2, 3})}};
  const auto [encoder, encoded] = fit(table, {1, 2, 3}, {.min_level_rows = 2});
  EXPECT_THAT(encoder.source_columns(), ElementsAre("gap", "useful"));
  EXPECT_THAT(encoder.constant_columns(), ElementsAre("empty", "same", "one", "rare", "never"));
  EXPECT_THAT(fit(table, {1, 2, 3}, {.min_level_rows = 2, .complete = true}).encoder.source_columns(),
              ElementsAre("useful"));
}

TEST(Features, RefuseATableThatTellsNothing) {
  EXPECT_THROW(fit({{numbers("same", {4, 4})}}, {1, 2}), Error);
  EXPECT_THROW(fit({{numbers("bed", {4, 5})}}, {1, 2, 3}), Error);
  EXPECT_THROW(fit({{numbers("bed", {4, 5})}}, {1, 2}, {.folds = 1}), Error);
}

TEST(Features, KnowTheirColumns) {
  const Table table{{times("sold", {"2019-06-28", "2020-01-01", ""}), numbers("bed", {1, 2, 3})}};
  const FeatureEncoder encoder = fit(table, {1, 2, 3}).encoder;
  EXPECT_THAT(encoder.source_columns(), ElementsAre("sold", "bed"));
  EXPECT_THAT(encoder.source_of_feature(), ElementsAre(0, 0, 0, 0, 1));
}

TEST(Features, TakeAbsentColumnsForMissingAndPassOverOthers) {
  const Table table{{numbers("bed", {1, 2, 3}), categories("status", {"a", "b", "a"})}};
  const FeatureEncoder encoder = fit(table, {1, 2, 3}, {.min_level_rows = 1}).encoder;
  EXPECT_THAT(encode_row(encoder, {numbers("pool", {1})}), SameFloats(std::vector<float>{NAN, 0, 0}));
}

TEST(Features, ReadAColumnOfAnotherTypeByItsText) {
  const Table table{{numbers("bed", {1, 2, 3}), categories("zip", {"601", "602", "601"}),
                     times("sold", {"2019-06-28", "2020-01-01", ""})}};
  const FeatureEncoder encoder = fit(table, {1, 2, 3}, {.min_level_rows = 1}).encoder;
  const auto row =
      encode_row(encoder, {categories("bed", {"4.5"}), numbers("zip", {601}), categories("sold", {"1970-01-02"})});
  EXPECT_THAT(row, ElementsAre(4.5, 1, 0, 1, 1970, 1, 5));
  const auto nonsense =
      encode_row(encoder, {categories("bed", {"4 rooms"}), numbers("zip", {kNaN}), numbers("sold", {7})});
  EXPECT_THAT(nonsense, SameFloats(std::vector<float>{NAN, 0, 0, NAN, NAN, NAN, NAN}));
}

TEST(Features, ReadNoNumberInAWordForInfinity) {
  const FeatureEncoder encoder = fit({{numbers("bed", {1, 2, 3})}}, {1, 2, 3}).encoder;
  EXPECT_THAT(encode_row(encoder, {categories("bed", {"inf", "Infinity", "nan", "5"})}),
              SameFloats(std::vector<float>{NAN, NAN, NAN, 5}));
}

TEST(Features, EncodeManyRowsAsTheyEncodeOne) {
  const ManyLevels data;
  const FeatureEncoder encoder = fit(data.table, data.target).encoder;
  const Matrix all = encoder.encode(data.table);
  for (const size_t row : {0, 17, 399}) {
    const size_t chosen[] = {row};
    EXPECT_EQ(encoder.encode(data.table.select(chosen)).values, all.select(chosen).values);
  }
  EXPECT_EQ(encoder.encode({}).rows, 0u);
}

TEST(Features, SurviveJsonExactly) {
  ManyLevels data;
  std::mt19937 random(3);
  for (double& value : data.target) value += std::normal_distribution()(random) * 1e5;
  std::vector<std::string> few, dates;
  for (int row = 0; row < 400; ++row) {
    few.push_back(row % 3 == 0 ? "" : row % 3 == 1 ? "a \"quoted\" <label>" : "ünïcode");
    dates.push_back(row % 5 == 0 ? "" : "2019-06-" + std::to_string(10 + row % 20));
  }
  data.table.columns.push_back(categories("few", few));
  data.table.columns.push_back(times("sold", dates));
  data.table.columns.push_back(numbers("gap", std::vector<double>(400, kNaN)));
  for (const bool complete : {false, true}) {
    const FeatureEncoder encoder = fit(data.table, data.target, {.complete = complete}).encoder;
    const std::string text = json::serialize(encoder.to_json());
    const FeatureEncoder back = FeatureEncoder::from_json(json::parse(text));
    EXPECT_EQ(json::serialize(back.to_json()), text);
    EXPECT_EQ(back.feature_names(), encoder.feature_names());
    EXPECT_EQ(back.constant_columns(), encoder.constant_columns());
    Table empty_row{{numbers("row", {kNaN}), categories("few", {"new"})}};
    EXPECT_THAT(back.encode(data.table).values, SameFloats(encoder.encode(data.table).values));
    EXPECT_THAT(back.encode(empty_row).values, SameFloats(encoder.encode(empty_row).values));
  }
}

TEST(Features, RefuseBrokenJsonNamingTheColumn) {
  const ManyLevels data;
  const json::value good = fit(data.table, data.target).encoder.to_json();
  const auto refused = [&](const std::string& pointer, json::value value) {
    json::value broken = good;
    json::error_code code;
    *broken.find_pointer(pointer, code) = std::move(value);
    try {
      FeatureEncoder::from_json(broken);
      return std::string("accepted");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData);
      return std::string(error.what());
    }
  };
  EXPECT_THAT(refused("/columns/0/kind", "magic"), HasSubstr("'magic'"));
  EXPECT_THAT(refused("/columns/0/means", json::array{1, 2}), HasSubstr("column 'city'"));
  EXPECT_THAT(refused("/columns/0/means/3", "much"), HasSubstr("column 'city'"));
  EXPECT_THAT(refused("/columns/0/levels/1", "city 0"), HasSubstr("in order"));
  EXPECT_THAT(refused("/columns/0/levels", 7), HasSubstr("column 'city'"));
  EXPECT_THAT(refused("/columns/1", nullptr), HasSubstr("broken"));
  EXPECT_THAT(refused("/lowest", json::array{1}), HasSubstr("bounds"));
  EXPECT_THAT(refused("/format", 1), HasSubstr("format"));
  EXPECT_THROW(FeatureEncoder::from_json(nullptr), Error);
  EXPECT_THROW(FeatureEncoder::from_json(json::object{}), Error);
}

}  // namespace
}  // namespace veleta
