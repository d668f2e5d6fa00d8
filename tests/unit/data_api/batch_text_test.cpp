#include "batch_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>

#include "base/json.hpp"
#include "json_text.hpp"

namespace veleta::data_api {
namespace {

constexpr double kScale = 0.003;

const Geography& country() {
  static const Geography geography(1);
  return geography;
}

std::string text_of(const BatchOrder& order) {
  BatchText text(country(), order);
  std::string whole;
  while (text.append_piece(whole)) {
  }
  return whole;
}

BatchOrder order_of(unsigned batch, std::optional<Fault> fault = {}) {
  return {4, "Tuesday", batch, kScale, 1, false, fault};
}

boost::json::array rows_of(const BatchOrder& order) { return boost::json::parse(text_of(order)).at("data").as_array(); }

TEST(BatchText, TellsGroupDayAndBatch) {
  const auto answer = boost::json::parse(text_of(order_of(3)));
  EXPECT_EQ(answer.at("group_number").to_number<int>(), 4);
  EXPECT_EQ(answer.at("day").as_string(), "Tuesday");
  EXPECT_EQ(answer.at("batch_number").to_number<int>(), 3);
  EXPECT_EQ(answer.at("data").as_array().size(), 60u);
}

TEST(BatchText, LeavesTheDayOutWhereNoneWasAskedFor) {
  BatchOrder order = order_of(3);
  order.day.clear();
  EXPECT_FALSE(boost::json::parse(text_of(order)).as_object().contains("day"));
}

TEST(BatchText, GivesNumbersAsFloatsAndTextsAsTexts) {
  for (const auto& row : rows_of(order_of(0))) {
    for (const char* name : {"brokered_by", "price", "bed", "bath", "acre_lot", "street", "zip_code", "house_size"})
      EXPECT_TRUE(row.at(name).is_double()) << name;
    for (const char* name : {"status", "city", "state"}) EXPECT_TRUE(row.at(name).is_string()) << name;
    EXPECT_THAT(std::string(row.at("prev_sold_date").as_string()),
                testing::MatchesRegex("(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]"));
    EXPECT_EQ(row.as_object().size(), 12u);
    EXPECT_GE(row.at("acre_lot").as_double(), 0.01);
  }
}

TEST(BatchText, GivesListsOfTextsInTheEarlierEdition) {
  BatchOrder order = order_of(0);
  const auto objects = rows_of(order);
  order.rows_as_lists = true;
  const auto lists = rows_of(order);
  ASSERT_EQ(lists.size(), objects.size());
  for (size_t row = 0; row < lists.size(); ++row) {
    ASSERT_EQ(lists[row].as_array().size(), 12u);
    for (const auto& cell : lists[row].as_array()) EXPECT_TRUE(cell.is_string());
    EXPECT_EQ(std::stod(lists[row].at(2).as_string().c_str()), objects[row].at("price").as_double());
    EXPECT_EQ(lists[row].at(7), objects[row].at("city"));
  }
}

TEST(BatchText, IsAFunctionOfItsOrder) {
  const std::string text = text_of(order_of(2));
  BatchOrder other_group = order_of(2), other_seed = order_of(2);
  other_group.group = 5;
  other_seed.seed = 2;
  EXPECT_EQ(text, text_of(order_of(2)));
  EXPECT_NE(rows_of(order_of(2)), rows_of(other_group));
  EXPECT_NE(rows_of(order_of(2)), rows_of(other_seed));
}

TEST(BatchText, ComesInPiecesThatFitInMemory) {
  BatchText text(country(), {1, "", 4, 0.01, 1, false, {}});
  std::string piece;
  size_t pieces = 0;
  for (; text.append_piece(piece); piece.clear(), ++pieces) EXPECT_LT(piece.size(), 70'000u);
  EXPECT_GT(pieces, 5u);
}

TEST(BatchText, RenamesAColumnOnDemand) {
  for (const auto& row : rows_of(order_of(0, Fault::kRenamed))) {
    EXPECT_FALSE(row.as_object().contains("bath"));
    EXPECT_TRUE(row.at("bathrooms").is_double());
  }
}

TEST(BatchText, RetypesAColumnOnDemand) {
  for (const auto& row : rows_of(order_of(0, Fault::kRetyped)))
    EXPECT_THAT(std::string(row.at("house_size").as_string()), testing::AnyOf("small", "medium", "large"));
}

TEST(BatchText, EmptiesAColumnOnDemand) {
  for (const auto& row : rows_of(order_of(0, Fault::kNulls))) EXPECT_TRUE(row.at("house_size").is_null());
}

TEST(BatchText, RepeatsMostRowsOnDemand) {
  const auto rows = rows_of(order_of(0, Fault::kDuplicates));
  size_t repeated = 0;
  for (size_t row = 1; row < rows.size(); ++row) repeated += rows[row] == rows[row - 1];
  EXPECT_EQ(rows.size(), rows_of(order_of(0)).size());
  EXPECT_EQ(repeated, rows.size() - (rows.size() + 9) / 10);
}

TEST(BatchText, HasNoRowsOnDemand) { EXPECT_TRUE(rows_of(order_of(0, Fault::kEmpty)).empty()); }

TEST(JsonText, EscapesAllButAscii) {
  EXPECT_EQ(json_text("Mayagüez \"x\" \\ \n"), R"("Mayag\u00fcez \"x\" \\ \u000a")");
  EXPECT_EQ(json_text("\xF0\x9F\x98\x80"), R"("\ud83d\ude00")");  // U+1F600
}

TEST(JsonText, CarriesAccentsOfCitiesThroughTheAnswer) {
  const std::string text = text_of({1, "", 2, 0.05, 1, false, {}});
  EXPECT_TRUE(std::ranges::all_of(text, [](unsigned char byte) { return byte < 0x80; }));
  EXPECT_NE(boost::json::serialize(boost::json::parse(text)).find("Bayamón"), std::string::npos);
}

}  // namespace
}  // namespace veleta::data_api
