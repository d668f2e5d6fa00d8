#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "data/profile.hpp"
#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// Columns of every kind: continuous, tied, of wild scale, with missing cells and infinities, and categories.
Table every_kind(size_t row_count, uint32_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, 1e3);
  Table table;
  for (const char* name : {"smooth", "tied", "wild", "holes"}) table.columns.emplace_back().name = name;
  Column& labels = table.columns.emplace_back();
  labels.name = "labels";
  labels.type = ColumnType::kCategory;
  for (size_t row = 0; row < row_count; ++row) {
    table.columns[0].append_number(normal(random));
    table.columns[1].append_number(std::round(normal(random) / 100));
    table.columns[2].append_number(std::ldexp(normal(random), static_cast<int>(random() % 1800) - 900));
    table.columns[3].append_number(random() % 3 == 0 ? kMissing : random() % 50 == 0 ? INFINITY : normal(random));
    random() % 10 == 0 ? labels.append_missing() : labels.append_label(std::to_string(random() % 500));
  }
  return table;
}

Table rows_from(const Table& table, std::vector<size_t>::const_iterator begin,
                std::vector<size_t>::const_iterator end) {
  return table.select(std::vector<size_t>(begin, end));
}

/// What must not depend on the parts.
std::string bytes_without_parts(Profile profile) {
  profile.part_rows.clear();
  return serialize(profile);
}

class AnyGrouping : public testing::TestWithParam<size_t> {};

TEST_P(AnyGrouping, OfRowsGivesTheSameBytes) {
  const size_t row_count = GetParam();
  const Table table = every_kind(row_count, 5);
  const std::string whole = bytes_without_parts(make_profile(table));
  std::mt19937_64 random(9);
  std::vector<size_t> rows(row_count);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  for (int round = 0; round < (row_count > 10'000 ? 1 : 4); ++round) {
    std::ranges::shuffle(rows, random);
    std::vector<Profile> parts;
    ProfileBuilder builder(1 + round % 2);
    for (auto begin = rows.cbegin(); begin != rows.cend();) {
      const auto left = static_cast<size_t>(rows.cend() - begin);
      const auto end = begin + static_cast<long>(std::min<size_t>(left, 1 + random() % (row_count / 2)));
      const Table part = rows_from(table, begin, end);
      builder.add(part);
      parts.push_back(make_profile(part));
      begin = end;
    }
    EXPECT_EQ(bytes_without_parts(std::move(builder).finish()), whole);
    while (parts.size() > 1) {  // as a random tree
      std::ranges::shuffle(parts, random);
      const Profile last = std::move(parts.back());
      parts.pop_back();
      parts.back() = merge(parts.back(), last);
    }
    ASSERT_EQ(bytes_without_parts(parts.front()), whole);
  }
}

INSTANTIATE_TEST_SUITE_P(Profile, AnyGrouping, testing::Values(40, 3000, 100'000));

TEST(ProfileMerge, KeepsTheSizesOfParts) {
  const Profile a = make_profile(csv("n\n1\n2\n3\n").table), b = make_profile(csv("n\n4\n").table);
  EXPECT_THAT(a.part_rows, ElementsAre(3));
  EXPECT_THAT(merge(a, b).part_rows, ElementsAre(1, 3));
  ProfileBuilder builder;
  builder.add(csv("n\n4\n").table);
  builder.end_part();
  builder.end_part();  // without rows since: no part
  builder.add(csv("n\n1\n2\n").table);
  builder.add(csv("n\n3\n").table);
  EXPECT_EQ(serialize(std::move(builder).finish()), serialize(merge(b, a)));
}

TEST(ProfileMerge, CountsCellsOfAWrongType) {
  const ReadOptions options{{}, Schema{{{"n", ColumnType::kNumber}, {"m", ColumnType::kNumber}}}, ""};
  const auto bytes = read_text("n,m\n1,x\ny,2\n,3\nz,\n");
  const ReadResult read = read_csv(*bytes, options);
  const Profile profile = make_profile(read.table, read.report.retyped);
  EXPECT_EQ(profile.find("n")->wrong_type_count, 2);
  EXPECT_EQ(profile.find("n")->missing_count, 3);
  EXPECT_EQ(profile.find("m")->wrong_type_count, 1);
  EXPECT_EQ(merge(profile, profile).find("n")->wrong_type_count, 4);
}

TEST(ProfileMerge, CountsInfinitiesAsMissingOfAWrongType) {
  Table table;
  table.columns.emplace_back().name = "n";
  for (const double value : std::vector<double>{1, INFINITY, -INFINITY, kMissing, 3})
    table.columns[0].append_number(value);
  const Profile profile = make_profile(table);
  EXPECT_EQ(profile.columns[0].row_count, 2);
  EXPECT_EQ(profile.columns[0].missing_count, 3);
  EXPECT_EQ(profile.columns[0].wrong_type_count, 2);
  EXPECT_EQ(profile.columns[0].maximum, 3);
}

TEST(ProfileMerge, RefusesOtherColumns) {
  const Profile a = make_profile(csv("n,m\n1,2\n").table);
  const auto missing = error_of([&] { merge(a, make_profile(csv("n\n1\n").table)); });
  EXPECT_EQ(missing.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(missing.what(), HasSubstr("column 'm' is in one part of the window alone; the other has n"));
  EXPECT_THAT(error_of([&] { merge(make_profile(csv("n\n1\n").table), a); }).what(), HasSubstr("column 'm'"));
  EXPECT_THAT(error_of([&] { merge(a, make_profile(csv("n,m\nx,2\n").table)); }).what(),
              HasSubstr("column 'n' is a number in one part of the window and a category in another"));
}

}  // namespace
}  // namespace veleta
