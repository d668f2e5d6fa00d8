#include "data/table.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Dictionary, NumbersLabelsInOrderOfAppearance) {
  Dictionary dictionary;
  EXPECT_EQ(dictionary.find("a"), -1);
  EXPECT_EQ(dictionary.code_of("b"), 0);
  EXPECT_EQ(dictionary.code_of("a"), 1);
  EXPECT_EQ(dictionary.code_of("b"), 0);
  EXPECT_EQ(dictionary.find("a"), 1);
  EXPECT_EQ(dictionary.find("c"), -1);
  EXPECT_THAT(dictionary.labels(), ElementsAre("b", "a"));
}

TEST(Dictionary, KeepsAHundredThousandLabelsApart) {
  Dictionary dictionary;
  for (int32_t i = 0; i < 100000; ++i) ASSERT_EQ(dictionary.code_of(std::to_string(i)), i);
  const Dictionary copy = dictionary;
  for (int32_t i = 0; i < 100000; ++i) ASSERT_EQ(copy.find(std::to_string(i)), i);
  EXPECT_EQ(copy.find("100000"), -1);
}

TEST(FormatNumber, IsShortAndReadsBackEqual) {
  EXPECT_EQ(format_number(601), "601");
  EXPECT_EQ(format_number(0.12), "0.12");
  EXPECT_EQ(format_number(-2.5), "-2.5");
  EXPECT_EQ(format_number(-0.0), "0");
  EXPECT_EQ(format_number(0.0001), "0.0001");
  EXPECT_EQ(format_number(1e-7), "1e-07");
  EXPECT_EQ(format_number(515000000), "515000000");
  EXPECT_EQ(format_number(1e300), "1e+300");
  EXPECT_EQ(format_number(0.1 + 0.2), "0.30000000000000004");
  for (const double number : {1.0 / 3, 1e15, 1234567890123456.5, 9.9e15, 5e-324, 1.7976931348623157e308})
    EXPECT_EQ(std::strtod(format_number(number).c_str(), nullptr), number);
}

TEST(ColumnType, IsItsName) {
  for (const auto type : {ColumnType::kNumber, ColumnType::kCategory, ColumnType::kTime})
    EXPECT_EQ(parse_column_type(to_string(type)), type);
  EXPECT_FALSE(parse_column_type("numeric"));
}

TEST(Column, PrintsTimesWithTheirFractions) {
  Column column{"t", ColumnType::kTime, {1561680000, 1561680000.25, 1561683661, -0.5}, {}, {}};
  EXPECT_EQ(column.text(0), "2019-06-28");
  EXPECT_EQ(column.text(1), "2019-06-28T00:00:00.25Z");
  EXPECT_EQ(column.text(2), "2019-06-28T01:01:01Z");
  EXPECT_EQ(column.text(3), "1969-12-31T23:59:59.5Z");
}

TEST(Table, SelectsRowsInTheOrderGiven) {
  const Table table = csv("n,c\n1,a\n2,b\n,c\n4,\n").table;
  const std::vector<size_t> rows{3, 0, 2, 0};
  const Table selected = table.select(rows);
  EXPECT_THAT(texts(selected, "n"), ElementsAre("4", "1", "", "1"));
  EXPECT_THAT(texts(selected, "c"), ElementsAre("", "a", "c", "a"));
  EXPECT_EQ(table.select({}).row_count(), 0u);
}

TEST(Table, AppendsRowsByLabelAndByColumnName) {
  Table table = csv("n,c\n1,a\n2,b\n").table;
  table.append(csv("c,n\nnew,3\nb,4\n,\n").table);
  EXPECT_THAT(texts(table, "n"), ElementsAre("1", "2", "3", "4", ""));
  EXPECT_THAT(texts(table, "c"), ElementsAre("a", "b", "new", "b", ""));
  EXPECT_EQ(table.at("c").dictionary.size(), 3u);
  table.append(table);
  EXPECT_EQ(table.row_count(), 10u);
}

TEST(Table, RefusesToAppendOtherColumns) {
  Table table = csv("n,c\n1,a\n").table;
  const auto retyped = error_of([&] { table.append(csv("n,c\nx,a\n").table); });
  EXPECT_EQ(retyped.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(retyped.what(), HasSubstr("'n' is a number in one table and a category in the other"));
  EXPECT_THROW(table.append(csv("n\n1\n").table), Error);
  EXPECT_EQ(table.row_count(), 1u);
}

TEST(Table, NamesTheNearestColumn) {
  const Table table = csv("bed,bath\n1,2\n").table;
  const auto error = error_of([&] { table.at("bad"); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr("Did you mean 'bed'?"));
}

TEST(Table, FindsAColumnFromAnyPlaceOn) {
  Table table;
  for (const char* name : {"a", "b", "c"}) table.columns.emplace_back().name = name;
  for (size_t begin = 0; begin <= 5; ++begin) {
    for (size_t i = 0; i < 3; ++i)
      EXPECT_EQ(table.find(table.columns[i].name, begin), &table.columns[i]) << "from " << begin;
    EXPECT_EQ(table.find("d", begin), nullptr);
  }
}

TEST(Table, CountsTheMissing) {
  const Table table = csv("n,c\n1,a\n,NA\nNaN,b\n").table;
  EXPECT_EQ(table.at("n").missing_count(), 2u);
  EXPECT_EQ(table.at("c").missing_count(), 1u);
}

}  // namespace
}  // namespace veleta
