#include "table_bytes.hpp"

#include <gmock/gmock.h>
#include <cmath>
#include <limits>

namespace veleta {
namespace {

Table mixed_table() {
  Table table;
  Column number{
      "size", ColumnType::kNumber, {0.1, -0.0, std::nan(""), std::numeric_limits<double>::infinity()}, {}, {}};
  Column category{"city \"Ñ\"", ColumnType::kCategory, {}, {}, {}};
  category.append_label("Málaga");
  category.append_missing();
  category.append_label("line\nbreak");
  category.append_label("Málaga");
  Column time{"sold", ColumnType::kTime, {1e9, 0.123456789, std::nan(""), -1e9}, {}, {}};
  table.columns = {number, category, time};
  return table;
}

TEST(TableBytes, GiveTheTableBackExactly) {
  const Table table = mixed_table();
  const std::string bytes = to_bytes(table);
  const Table back = table_from_bytes(bytes, "a table");
  ASSERT_EQ(back.columns.size(), 3);
  EXPECT_EQ(to_bytes(back), bytes);
  EXPECT_EQ(row_hashes(back), row_hashes(table));
  EXPECT_TRUE(std::signbit(back.columns[0].numbers[1]));
  EXPECT_EQ(back.columns[1].label(2), "line\nbreak");
  EXPECT_TRUE(back.columns[1].is_missing(1));
}

TEST(TableBytes, TablesWithoutRowsOrColumnsGoThrough) {
  EXPECT_EQ(table_from_bytes(to_bytes(Table{}), "none").columns.size(), 0);
  Table empty;
  empty.columns = {Column{"x", ColumnType::kNumber, {}, {}, {}}};
  EXPECT_EQ(table_from_bytes(to_bytes(empty), "empty").columns.front().name, "x");
}

TEST(TableBytes, CutAnywhereTheyAreRefused) {
  const std::string bytes = to_bytes(mixed_table());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(table_from_bytes(std::string_view(bytes).substr(0, size), "a table"), Error) << size;
  EXPECT_THROW(table_from_bytes(bytes + "x", "a table"), Error);
}

TEST(TableBytes, WithLabelsOrLengthsThatAreNotThereTheyAreRefused) {
  const auto refused = [](const std::string& heading, const std::string& values) {
    EXPECT_THROW(table_from_bytes(heading + "\n\n" + values, "a table"), Error) << heading;
  };
  const std::string code("\x02\0\0\0", 4);
  refused(R"({"name":"a","type":"category","rows":1,"labels":["x","y"]})", code);
  refused(R"({"name":"a","type":"number","rows":4611686018427387905,"labels":[]})", "");
  refused(R"({"name":"a","type":"colour","rows":0,"labels":[]})", "");
  refused(R"({"name":"a","type":"number","rows":-1,"labels":[]})", "");
  refused(R"([1])", "");
  refused(
      "{\"name\":\"a\",\"type\":\"number\",\"rows\":1,\"labels\":[]}\n"
      "{\"name\":\"b\",\"type\":\"number\",\"rows\":0,\"labels\":[]}",
      std::string(8, '\0'));
}

}  // namespace
}  // namespace veleta
