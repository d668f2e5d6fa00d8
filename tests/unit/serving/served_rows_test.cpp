#include "served_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace veleta {
namespace {

using ::testing::ElementsAre;
using Numbers = std::vector<double>;

void add_numbers(Table& table, const std::string& name, const Numbers& values) {
  Column& column = table.columns.emplace_back();
  column.name = name;
  for (const double value : values) column.append_number(value);
}

/// Columns a and b with a text between them.
Table table(const Numbers& a, const Numbers& b) {
  Table made;
  add_numbers(made, "a", a);
  Column& text = made.columns.emplace_back();
  text.name = "city";
  text.type = ColumnType::kCategory;
  for (size_t row = 0; row < a.size(); ++row) text.append_label("x");
  add_numbers(made, "b", b);
  return made;
}

TEST(ServedBlock, HoldsTheNumericInputsOfSeveralRequestsInTheirOrder) {
  const Table first = table({1}, {10}), second = table({2, 3}, {20, 30});
  const Numbers one{0.1}, two{0.2, 0.3};
  ServedBlock block({4, &first, one});
  EXPECT_TRUE(block.append({4, &second, two}));
  EXPECT_EQ(block.model_version(), 4);
  EXPECT_EQ(block.row_count(), 3U);
  const auto columns = block.columns();
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_THAT(columns[0], ElementsAre(1, 2, 3));
  EXPECT_THAT(columns[1], ElementsAre(10, 20, 30));
  EXPECT_THAT(block.predictions(), ElementsAre(0.1, 0.2, 0.3));
}

TEST(ServedBlock, HoldsPredictionsAloneWhereNoColumnIsWatched) {
  const Numbers one{0.1};
  ServedBlock block({1, nullptr, one});
  EXPECT_TRUE(block.append({1, nullptr, one}));
  EXPECT_TRUE(block.columns().empty());
  EXPECT_THAT(block.predictions(), ElementsAre(0.1, 0.1));
}

TEST(ServedBlock, RefusesRowsOfAnotherModelOrForm) {
  const Table row = table({1}, {10});
  Table wider = row, narrower = row;
  add_numbers(wider, "c", {100});
  narrower.columns.pop_back();
  const Numbers one{0.1};
  ServedBlock block({1, &row, one});
  EXPECT_FALSE(block.append({2, &row, one}));
  EXPECT_FALSE(block.append({1, &wider, one}));
  EXPECT_FALSE(block.append({1, &narrower, one}));
  EXPECT_FALSE(block.append({1, nullptr, one}));
  EXPECT_TRUE(block.append({1, &row, one}));
  EXPECT_THAT(block.columns()[1], ElementsAre(10, 10));
}

TEST(ServedBlock, TakesInALaterBlockThatHasRoom) {
  const Table first = table({1}, {10}), second = table({2, 3}, {20, 30});
  const Numbers one{0.1}, two{0.2, 0.3}, many(20'000);
  ServedBlock block({4, &first, one});
  EXPECT_TRUE(block.append(ServedBlock({4, &second, two})));
  EXPECT_THAT(block.columns()[1], ElementsAre(10, 20, 30));
  EXPECT_THAT(block.predictions(), ElementsAre(0.1, 0.2, 0.3));
  EXPECT_FALSE(block.append(ServedBlock({5, &second, two}))) << "another model's";
  EXPECT_FALSE(block.append(ServedBlock({4, nullptr, two}))) << "without columns";
  const Table large = table(many, many);
  EXPECT_FALSE(block.append(ServedBlock({4, &large, many}))) << "no room";
  EXPECT_EQ(block.row_count(), 3U);
}

TEST(ServedBlock, HasRoomForAUsualNumberOfRowsAndForAnyFirstOnes) {
  const size_t many = 20'000;
  const Numbers ones(many, 1), one{1};
  const Table large = table(ones, ones), row = table({1}, {10});
  std::vector<ServedBlock> blocks;
  append_to(blocks, {1, &large, ones});
  for (size_t i = 0; i < many; ++i) append_to(blocks, {1, &row, one});
  ASSERT_GT(blocks.size(), 2U);
  EXPECT_LT(blocks.size(), 12U);
  EXPECT_EQ(blocks[0].row_count(), many);
  size_t rows = 0;
  for (const ServedBlock& block : blocks) rows += block.row_count();
  EXPECT_EQ(rows, 2 * many);
  for (size_t i = 1; i < blocks.size(); ++i) EXPECT_LE(blocks[i].bytes(), ServedBlock::kUsualBytes + sizeof blocks[i]);
}

}  // namespace
}  // namespace veleta
