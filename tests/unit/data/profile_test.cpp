#include "data/profile.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/digest.hpp"
#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Table random_table(size_t row_count) {
  Table table;
  table.columns = {{"n", ColumnType::kNumber, {}, {}, {}}, {"c", ColumnType::kCategory, {}, {}, {}}};
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(0, 1e3);
  for (size_t row = 0; row < row_count; ++row) {
    table.columns[0].append_number(normal(random));
    table.columns[1].append_label(std::to_string(random() % 100));
  }
  return table;
}

TEST(Profile, TellsWhatAColumnOfNumbersLookedLike) {
  const Profile profile = make_profile(csv("n\n4\n-1.5\nNA\n4\n1\n-0\n").table);
  const ColumnProfile* column = profile.find("n");
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(profile.row_count, 6);
  EXPECT_EQ(column->row_count, 5);
  EXPECT_EQ(column->missing_count, 1);
  EXPECT_THAT(column->cells.least, ElementsAre(-1.5, 0, 1, 4));
  EXPECT_THAT(column->cells.rows, ElementsAre(1, 1, 1, 2));
  EXPECT_EQ(column->minimum, -1.5);
  EXPECT_EQ(column->maximum, 4);
  EXPECT_DOUBLE_EQ(column->mean, 1.5);
  EXPECT_DOUBLE_EQ(column->standard_deviation, std::sqrt((9 + 2.25 + 0.25 + 6.25 + 6.25) / 4));
  EXPECT_EQ(profile.find("m"), nullptr);
}

TEST(Profile, CountsCategoriesMostFrequentFirst) {
  const Table table = csv("c\nb\nz\na\nz\n\na\nunused\n\"\"\n").table;
  const std::vector<size_t> rows{0, 1, 2, 3, 4, 6};
  const Profile profile = make_profile(table.select(rows));
  EXPECT_THAT(profile.columns[0].labels, ElementsAre("a", "z", "b"));
  EXPECT_THAT(profile.columns[0].counts, ElementsAre(2, 2, 1));
  EXPECT_EQ(profile.columns[0].row_count, 5);
  EXPECT_EQ(profile.columns[0].missing_count, 1);
}

TEST(Profile, OrdersEquallyFrequentLabelsByTheirBytes) {
  Table table;
  table.columns.push_back({"city", ColumnType::kCategory, {}, {}, {}});
  for (const char* label : {"m\u00e1laga", "manhattan beach", "", "mz", "manhattan", "manhattan bay", "m"})
    table.columns[0].append_label(label);
  EXPECT_THAT(make_profile(table).columns[0].labels,
              ElementsAre("", "m", "manhattan", "manhattan bay", "manhattan beach", "mz", "m\u00e1laga"));
}

TEST(Profile, OfNothingIsEmpty) {
  const Profile profile = make_profile(csv("n,c\n,\n").table);
  EXPECT_EQ(profile.columns[0].row_count, 0);
  EXPECT_EQ(profile.columns[0].mean, 0);
  EXPECT_EQ(parse_profile(serialize(profile)).columns[1].missing_count, 1);
  EXPECT_EQ(parse_profile(serialize(Profile{})).columns.size(), 0u);
}

/// Numbers of a shape, made of a random one and a standard normal one.
struct Shape {
  const char* name;
  double (*number)(uint64_t random, double normal);
};

double of_any_exponent(uint64_t random, double normal) {
  return std::ldexp(normal, static_cast<int>(random % 2090) - 1060);
}

const Shape kShapes[] = {
    {"Smooth", [](uint64_t, double normal) { return 1e3 * normal; }},
    {"Tied", [](uint64_t random, double normal) { return random % 2 ? normal : std::round(4 * normal) / 4; }},
    {"OfFewValues", [](uint64_t random, double) { return static_cast<double>(random % 7) - 3; }},
    {"OfAnyExponent", of_any_exponent},
    {"OfOneExponentButForSome",
     [](uint64_t random, double normal) {
       return random % 50 == 0 ? of_any_exponent(random / 50, normal)
                               : -1 - std::ldexp(static_cast<double>(random >> 11), -53);
     }},
    {"WithHoles", [](uint64_t random, double normal) { return random % 3 == 0 ? std::nan("") : normal; }},
};

class ProfileOfShape : public testing::TestWithParam<Shape> {};

TEST_P(ProfileOfShape, HasTheCellsAndMomentsOfItsNumbers) {
  std::mt19937_64 random(12);
  std::normal_distribution<double> normal;
  Table table;
  table.columns.emplace_back().name = "n";
  std::vector<double>& numbers = table.columns[0].numbers;
  for (size_t row = 0; row < 900'001; ++row) numbers.push_back(GetParam().number(random(), normal(random)));
  const ColumnProfile column = make_profile(table).columns[0];
  std::erase_if(numbers, [](double number) { return !std::isfinite(number); });
  ExactMoments moments;
  for (const double number : numbers) moments.add(number, 1);
  std::ranges::sort(numbers);
  EXPECT_EQ(column.cells, cells_of_sorted(numbers));
  EXPECT_EQ(column.moments, moments);
  EXPECT_EQ(column.row_count, static_cast<double>(numbers.size()));
  EXPECT_EQ(column.minimum, numbers.front());
  EXPECT_EQ(column.maximum, numbers.back());
}

INSTANTIATE_TEST_SUITE_P(Profile, ProfileOfShape, testing::ValuesIn(kShapes),
                         [](const auto& shape) { return shape.param.name; });

TEST(Profile, TakesAnyNumberOfThreads) {
  const Table table = random_table(3000);
  EXPECT_EQ(serialize(make_profile(table, {}, 1)), serialize(make_profile(table, {}, 7)));
}

TEST(Profile, GivesTheSameBytesWhateverTheOrderOfRows) {
  const Table table = random_table(5000);
  std::vector<size_t> rows(5000);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = rows.size() - 1 - i;
  EXPECT_EQ(serialize(make_profile(table)), serialize(make_profile(table.select(rows))));
}

TEST(Profile, SurvivesItsBytes) {
  const Profile profile = make_profile(csv("n,c,t\n1e300,\"x\n\",2019-06-28\n-5e-324,,1969-01-01\n0,ñ,\n").table);
  const std::string bytes = serialize(profile);
  EXPECT_TRUE(bytes.starts_with("VLPROF2\n"));
  const Profile parsed = parse_profile(bytes);
  EXPECT_EQ(serialize(parsed), bytes);
  ASSERT_EQ(parsed.columns.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(parsed.columns[i].name, profile.columns[i].name);
    EXPECT_EQ(parsed.columns[i].type, profile.columns[i].type);
    EXPECT_EQ(parsed.columns[i].cells, profile.columns[i].cells);
    EXPECT_EQ(parsed.columns[i].labels, profile.columns[i].labels);
    EXPECT_EQ(parsed.columns[i].counts, profile.columns[i].counts);
    EXPECT_EQ(parsed.columns[i].mean, profile.columns[i].mean);
    EXPECT_EQ(parsed.columns[i].standard_deviation, profile.columns[i].standard_deviation);
  }
}

TEST(Profile, IsSmallerThanItsNumbers) {
  const std::string bytes = serialize(make_profile(random_table(65536)));
  EXPECT_LT(bytes.size(), 65536u * sizeof(double));
}

TEST(Profile, RefusesBytesCutShortOrAltered) {
  const std::string bytes = serialize(make_profile(random_table(20)));
  for (size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(error_of([&] { parse_profile(std::string_view(bytes).substr(0, size)); }).code(), ErrorCode::kBadData);
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string altered = bytes;
    altered[at] = static_cast<char>(altered[at] ^ 0x10);
    ASSERT_EQ(error_of([&] { parse_profile(altered); }).code(), ErrorCode::kBadData) << at;
  }
  EXPECT_THAT(error_of([&] { parse_profile("VLPROF3\n" + bytes.substr(8)); }).what(), HasSubstr("VLPROF2"));
}

TEST(Profile, RefusesHostileBytesWithATrueDigest) {
  // A raw zstd frame that lies about its size, and random bytes, each with the right digest before it.
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    std::string frame = round % 2 ? std::string("\x28\xB5\x2F\xFD", 4) : "";
    for (int i = 0; i < 40; ++i) frame += static_cast<char>(random());
    const auto error =
        error_of([&] { parse_profile((round % 4 < 2 ? "VLPROF1\n" : "VLPROF2\n") + sha256(frame) + frame); });
    ASSERT_EQ(error.code(), ErrorCode::kBadData);
  }
}

}  // namespace
}  // namespace veleta
