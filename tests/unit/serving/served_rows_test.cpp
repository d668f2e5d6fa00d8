#include "served_rows.hpp"

#include <gtest/gtest.h>

namespace veleta {
namespace {

using Numbers = std::vector<double>;

Column numbers(const std::string& name, const Numbers& values) {
  Column column;
  column.name = name;
  for (const double value : values) column.append_number(value);
  return column;
}

TEST(NumbersOf, AreTheNumericColumnsRowAfterRow) {
  Table table;
  table.columns.push_back(numbers("a", {1, 2, 3}));
  Column& text = table.columns.emplace_back();
  text.name = "city";
  text.type = ColumnType::kCategory;
  for (const char* city : {"x", "y", "z"}) text.append_label(city);
  table.columns.push_back(numbers("b", {10, 20, 30}));
  EXPECT_EQ(numbers_of(table), (Numbers{1, 10, 2, 20, 3, 30}));
}

TEST(NumbersOf, AreNoneOfATableWithoutNumericColumns) {
  EXPECT_TRUE(numbers_of({}).empty());
}

TEST(ServedBlocks, HoldTheRowsOfSeveralRequestsInTheirOrder) {
  std::vector<ServedRows> blocks;
  append_to_blocks(blocks, {1, {1, 2}, {10}});
  append_to_blocks(blocks, {1, {3, 4, 5, 6}, {20, 30}});
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].numbers, (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(blocks[0].predictions, (Numbers{10, 20, 30}));
}

TEST(ServedBlocks, AreOfOneModelEach) {
  std::vector<ServedRows> blocks;
  for (const int version : {1, 1, 2, 1}) append_to_blocks(blocks, {version, {}, {0}});
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[0].predictions.size(), 2U);
  EXPECT_EQ(blocks[1].model_version, 2);
  EXPECT_EQ(blocks[2].model_version, 1);
}

TEST(ServedBlocks, AreOfABoundedSizeButForALargerRequest) {
  std::vector<ServedRows> blocks;
  const size_t large = kServedBlockBytes / sizeof(double);
  append_to_blocks(blocks, {1, Numbers(large), {0}});
  for (int row = 0; row < 200; ++row) append_to_blocks(blocks, {1, Numbers(100), {0}});
  ASSERT_GT(blocks.size(), 3U);
  size_t rows = 0;
  for (const ServedRows& block : blocks) rows += block.predictions.size();
  EXPECT_EQ(rows, 201U);
  EXPECT_EQ(blocks[0].numbers.size(), large);
  for (size_t i = 1; i < blocks.size(); ++i) EXPECT_LE(bytes_of(blocks[i]), kServedBlockBytes);
}

}  // namespace
}  // namespace veleta
