#include <gmock/gmock.h>

#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kBatch = R"({"group_number": 4, "day": "Tuesday", "batch_number": 0, "data": [
  {"brokered_by": 103378.0, "status": "for_sale", "price": 105000.0, "city": "Adjuntas", "prev_sold_date": "2019-06-28"},
  {"brokered_by": 52707.0, "status": "sold", "price": 80000.5, "city": "A \"{[,]}\" \u00f1 \\", "prev_sold_date": null}
], "note": {"data": [1, 2]}})";

TEST(JsonRows, ReadsTheMissionsBatch) {
  ReadOptions options;
  options.rules.categorical = {"brokered_by"};
  const auto result = json_rows(kBatch, "/data", options);
  EXPECT_THAT(texts(result.table, "brokered_by"), ElementsAre("103378", "52707"));
  EXPECT_THAT(texts(result.table, "price"), ElementsAre("105000", "80000.5"));
  EXPECT_THAT(texts(result.table, "city"), ElementsAre("Adjuntas", "A \"{[,]}\" ñ \\"));
  EXPECT_THAT(texts(result.table, "prev_sold_date"), ElementsAre("2019-06-28", ""));
  EXPECT_EQ(result.table.at("prev_sold_date").type, ColumnType::kTime);
  EXPECT_EQ(result.envelope, parse_json(R"({"group_number": 4, "day": "Tuesday", "batch_number": 0, "data": [],
                                            "note": {"data": [1, 2]}})",
                                        "envelope"));
}

TEST(JsonRows, AreFoundAtAnyPointer) {
  for (const auto& [text, pointer] : std::vector<std::pair<std::string, std::string>>{
           {R"([{"a": 1}])", ""},
           {R"(  {"rows": [{"a": 1}], "after": {"x": [[]]}}  )", "/rows"},
           {R"({"before": "[{\"rows\":", "x": {"y": {"z": [ {"a": 1} ]}, "w": 0}})", "/x/y/z"},
           {R"({"a/b": {"c~d": [{"a": 1}]}, "n": -1.5e3})", "/a~1b/c~0d"},
           {R"({"x": [0, {"no": true}, {"rows": [{"a": 1}]}, null]})", "/x/2/rows"},
           {R"({"x\u0079": [{"a": 1}]})", "/xy"},
           {R"({"": [{"a": 1}]})", "/"},
           {"\xEF\xBB\xBF[{\"a\": 1}]", ""}}) {
    EXPECT_THAT(texts(json_rows(text, pointer).table, "a"), ElementsAre("1")) << text;
  }
}

TEST(JsonRows, MayBeLists) {
  ReadOptions options;
  options.rules.names = {"a", "b"};
  const auto result = json_rows(R"({"data": [["1.5", "x"], [2, null], ["3", "y"]]})", "/data", options);
  EXPECT_EQ(result.table.at("a").type, ColumnType::kNumber);
  EXPECT_THAT(texts(result.table, "a"), ElementsAre("1.5", "2", "3"));
  EXPECT_THAT(texts(result.table, "b"), ElementsAre("x", "", "y"));
  EXPECT_THAT(error_of([&] { json_rows("[[1,2],[3]]", "", options); }).what(),
              HasSubstr("row 1 (from 0) has 1 cells: expected 2"));
  EXPECT_THAT(error_of([&] { json_rows("[[1,2,3]]", "", options); }).what(), HasSubstr("has 3 cells: expected 2"));
  EXPECT_THAT(error_of([&] { json_rows("[[1,2]]"); }).what(), HasSubstr("[columns] names"));
}

TEST(JsonRows, HaveMinusZeroAsZero) {
  EXPECT_THAT(texts(json_rows(R"([{"n": -0.0}, {"n": -0}, {"n": "-0.0"}])").table, "n"), ElementsAre("0", "0", "0"));
}

TEST(JsonRows, FillUpAbsentKeysAndNewOnes) {
  const auto result = json_rows(R"([{"a": 1}, {"b": "x", "a": 2}, {}, {"c": true}, {"a": 4, "b": "y"}])");
  EXPECT_THAT(result.schema.names(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(texts(result.table, "a"), ElementsAre("1", "2", "", "", "4"));
  EXPECT_THAT(texts(result.table, "b"), ElementsAre("", "x", "", "", "y"));
  EXPECT_THAT(texts(result.table, "c"), ElementsAre("", "", "", "true", ""));
}

TEST(JsonRows, HaveNamesWithEscapes) {
  const auto result = json_rows(R"([{"a\\": 1, "q\"r": 2, "\u00e9": 3}, {"a\\": 4, "q\"r": 5, "é": 6}, {"a\"": 7}])");
  EXPECT_THAT(result.schema.names(), ElementsAre("a\\", "q\"r", "é", "a\""));
  EXPECT_THAT(texts(result.table, "a\\"), ElementsAre("1", "4", ""));
  EXPECT_THAT(texts(result.table, "q\"r"), ElementsAre("2", "5", ""));
  EXPECT_THAT(texts(result.table, "é"), ElementsAre("3", "6", ""));
}

TEST(JsonRows, AreHeldToTheSchema) {
  ReadOptions options;
  options.schema = Schema{{{"a", ColumnType::kNumber}, {"b", ColumnType::kCategory}}};
  const auto result = json_rows(R"([{"c": {"deep": [1]}, "a": "x"}, {"a": 2, "d": 1}])", "", options);
  EXPECT_THAT(texts(result.table, "a"), ElementsAre("", "2"));
  EXPECT_THAT(result.report.missing_columns, ElementsAre("b"));
  EXPECT_THAT(result.report.unexpected_columns, ElementsAre("c", "d"));
  EXPECT_EQ(result.report.retyped[0].retyped_row, 0u);

  const auto empty = json_rows("[]", "", options);
  EXPECT_EQ(empty.table.columns.size(), 2u);
  EXPECT_EQ(empty.table.row_count(), 0u);
  EXPECT_THAT(empty.report.missing_columns, ElementsAre());
}

TEST(JsonRows, AreTheSameInPiecesOfAnySize) {
  std::string rows;
  for (int i = 0; i < 200; ++i)
    rows +=
        (i ? ",\n" : "") + std::string(R"({"n": )") + std::to_string(i) + R"(, "s": "q\"}],[{\\", "o": [{"x": "]"}]})";
  const std::string text = R"({"x": [1, "]"], "data": [)" + rows + R"(], "y": "\"\\"})";
  const auto whole = json_rows(text, "/data");
  ASSERT_EQ(whole.table.row_count(), 200u);
  ReadOptions options;
  options.rows_pointer = "/data";
  for (const size_t piece_bytes : {1, 7, 1000}) {
    PieceReader pieces(text, piece_bytes);
    const auto result = read_json_rows(pieces, options);
    EXPECT_EQ(to_csv(result.table), to_csv(whole.table));
    EXPECT_EQ(result.envelope, whole.envelope);
  }
}

TEST(JsonRows, CrossBlocksAnywhere) {
  // Rows of 37 to 49 bytes shift against blocks of 1 MiB; one row is longer than a block.
  std::string text = "[";
  for (int i = 0; i < 100000; ++i)
    text += (i ? "," : "") + std::string(R"({"i": )") + std::to_string(i) + R"(, "text": "some \"text\" )" +
            std::string(i == 50000 ? 3000000 : i % 13, 'x') + "\"}";
  const Table table = json_rows(text + "]").table;
  ASSERT_EQ(table.row_count(), 100000u);
  for (size_t row = 0; row < table.row_count(); ++row) ASSERT_EQ(table.at("i").numbers[row], static_cast<double>(row));
  EXPECT_EQ(table.at("text").label(50000).size(), 3000012u);
  EXPECT_EQ(table.at("text").dictionary.size(), 14u);
}

TEST(JsonRows, CutAtAnyByteAreAnErrorThatTellsTheRows) {
  for (size_t size = 0; size < kBatch.size(); ++size)
    ASSERT_EQ(error_of([&] { json_rows(kBatch.substr(0, size), "/data"); }).code(), ErrorCode::kBadData) << size;
  const size_t in_second_row = kBatch.find("52707");
  EXPECT_THAT(error_of([&] { json_rows(kBatch.substr(0, in_second_row), "/data"); }).what(),
              HasSubstr("ends early, at byte " + std::to_string(in_second_row) + ", after 1 complete rows"));
}

TEST(JsonRows, RefuseBrokenText) {
  for (const char* text : {R"([{"a": NaN}])",
                           R"([{"a": Infinity}])",
                           R"([{"a": -Infinity}])",
                           R"([{"a": nul}])",
                           R"([{"a": 1,}])",
                           R"([{"a" 1}])",
                           R"([{"a": 1} {"a": 2}])",
                           R"([{"a": 1},])",
                           R"([,{"a": 1}])",
                           R"([{"a": 1},,{"a": 2}])",
                           R"([{"a": 1]])",
                           R"([{"a": 1}}])",
                           R"([{"a": 01}])",
                           R"([{"a": 1e999}])",
                           R"([{"a": "x])",
                           R"([{'a': 1}])",
                           R"([{"a": 1}] x)",
                           R"([{"a": 1}]])",
                           R"([1, 2])",
                           R"(["x"])",
                           R"([null])",
                           R"([{"a": "\x"}])",
                           "[{\"a\": \"\xE9\"}]",
                           R"([{"a": 1, "a": 2}])",
                           "",
                           " ",
                           "<html>",
                           "null",
                           "5"}) {
    EXPECT_EQ(error_of([&] { json_rows(text); }).code(), ErrorCode::kBadData) << text;
  }
  for (const char* text : {R"({"data": [{"a": 1}], "b": })", R"({"data": [{"a": 1}] "b": 1})", R"({data: []})",
                           R"({"data": [], "b": tru})", R"({"b": 1 2, "data": []})"})
    EXPECT_EQ(error_of([&] { json_rows(text, "/data"); }).code(), ErrorCode::kBadData) << text;
}

TEST(JsonRows, NameTheRowThatIsBroken) {
  const std::string error = error_of([] { json_rows(R"([{"a": 1}, {"a": 2}, {"a": NaN}, {"a": 4}])"); }).what();
  EXPECT_THAT(error, HasSubstr("row 2 (from 0)"));
  EXPECT_THAT(error, HasSubstr("byte 21"));
}

TEST(JsonRows, AreLookedForWhereThePointerSays) {
  const auto renamed = error_of([] { json_rows(R"({"batch": 1, "data": []})", "/date"); });
  EXPECT_EQ(renamed.code(), ErrorCode::kBadData);
  EXPECT_THAT(renamed.what(), HasSubstr("no array of rows at \"/date\""));
  EXPECT_THAT(renamed.what(), HasSubstr("Its members are batch, data. Did you mean 'data'?"));
  EXPECT_THAT(error_of([] { json_rows(R"({"data": {"x": 1}})", "/data"); }).what(), HasSubstr("found '{' there"));
  EXPECT_EQ(error_of([] { json_rows("[]", "data"); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error_of([] { json_rows("{\"x\": \"" + std::string(17 << 20, 'x') + "\"}", "/data"); }).what(),
              HasSubstr("more than 16 MiB"));
}

TEST(JsonRows, SurviveDepth) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_EQ(error_of([&] { json_rows("{\"x\": " + deep + ", \"data\": []}", "/data"); }).code(), ErrorCode::kBadData);
  EXPECT_EQ(json_rows("[{\"a\": " + deep + "}]").report.retyped.at(0).retyped_example, "a list");
}

TEST(JsonRows, HaveALimitOfColumns) {
  std::string text = "[{\"a\": 1";
  for (int i = 0; i < 5000; ++i) text += ", \"c" + std::to_string(i) + "\": 1";
  EXPECT_THAT(error_of([&] { json_rows(text + "}]"); }).what(), HasSubstr("more than 4096 columns"));
}

}  // namespace
}  // namespace veleta
