#include "data/schema.hpp"

#include <gmock/gmock.h>

#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Schema, SurvivesJson) {
  const Schema schema{{{"price", ColumnType::kNumber}, {"city", ColumnType::kCategory}, {"sold", ColumnType::kTime}}};
  EXPECT_EQ(schema_from_json(to_json(schema)), schema);
  EXPECT_THAT(schema.names(), ElementsAre("price", "city", "sold"));
  EXPECT_EQ(schema.find("city")->type, ColumnType::kCategory);
  EXPECT_EQ(schema.find("state"), nullptr);
}

TEST(Schema, RefusesBrokenJson) {
  for (const char* text : {"[]", "{}", R"({"fields": {}})", R"({"fields": [1]})", R"({"fields": [{"name": "a"}]})",
                           R"({"fields": [{"name": "a", "type": "float"}]})",
                           R"({"fields": [{"name": "a", "type": "time"}, {"name": "a", "type": "time"}]})"})
    EXPECT_EQ(error_of([&] { schema_from_json(parse_json(text, "schema")); }).code(), ErrorCode::kBadData) << text;
}

TEST(Inference, FindsNumbersTimesAndCategories) {
  const auto result = csv("number,time,category,nothing\n1,2019-06-28,x,\n-2.5e3,2019-06-28T10:00:00Z,1,NA\n,,,\n");
  EXPECT_EQ(result.schema, (Schema{{{"number", ColumnType::kNumber},
                                    {"time", ColumnType::kTime},
                                    {"category", ColumnType::kCategory},
                                    {"nothing", ColumnType::kNumber}}}));
  EXPECT_THAT(texts(result.table, "number"), ElementsAre("1", "-2500", ""));
  EXPECT_THAT(texts(result.table, "time"), ElementsAre("2019-06-28", "2019-06-28T10:00:00Z", ""));
  EXPECT_THAT(texts(result.table, "category"), ElementsAre("x", "1", ""));
}

TEST(Inference, GivesLabelsThatDoNotDependOnTheOrderOfRows) {
  const auto number_first = csv("a\n00601\n1.50\n1e5\n601.0\n+7\n\nx\n");
  const auto text_first = csv("a\nx\n00601\n1.50\n1e5\n601.0\n+7\n");
  EXPECT_THAT(texts(number_first.table, "a"), ElementsAre("601", "1.50", "1e5", "601", "+7", "x"));
  EXPECT_THAT(texts(text_first.table, "a"), ElementsAre("x", "601", "1.50", "1e5", "601", "+7"));
  EXPECT_THAT(texts(csv("a\n2019-06-28\n2019-06-28 10:00\n5\n").table, "a"),
              ElementsAre("2019-06-28", "2019-06-28 10:00", "5"));
  EXPECT_THAT(texts(csv("a\n5\n2019-06-28\n").table, "a"), ElementsAre("5", "2019-06-28"));
}

TEST(Rules, DecideBeforeTheData) {
  ReadOptions options;
  options.rules.categorical = {"zip"};
  options.rules.numeric = {"bed"};
  options.rules.date = {"sold"};
  options.rules.ignore = {"id"};
  const auto result = csv("id,zip,bed,sold\n1,00601,two,soon\n2,601.0,3,2019-06-28\n", options);
  EXPECT_EQ(result.schema,
            (Schema{{{"zip", ColumnType::kCategory}, {"bed", ColumnType::kNumber}, {"sold", ColumnType::kTime}}}));
  EXPECT_THAT(texts(result.table, "zip"), ElementsAre("601", "601"));
  EXPECT_THAT(texts(result.table, "bed"), ElementsAre("", "3"));
  ASSERT_EQ(result.report.retyped.size(), 2u);
  EXPECT_EQ(result.report.retyped[0].retyped_example, "two");
  EXPECT_EQ(result.report.retyped[1].retyped_example, "soon");
}

TEST(Rules, FoldCaseOfLabels) {
  ReadOptions options;
  options.rules.fold_case = true;
  const auto result = csv("city\nADJUNTAS\n  Adjuntas \nPonce\n", options);
  EXPECT_THAT(texts(result.table, "city"), ElementsAre("adjuntas", "adjuntas", "ponce"));
}

TEST(Labels, HaveOneSpellingForAWholeNumberInAllForms) {
  ReadOptions options;
  options.rules.categorical = {"a"};
  EXPECT_THAT(texts(csv("a\n00601\n601.0\n-0\n-07\n1234567890123456\n1e5\n0.50\n12.\n", options).table, "a"),
              ElementsAre("601", "601", "0", "-7", "1234567890123456", "1e5", "0.50", "12."));
  EXPECT_THAT(
      texts(
          json_rows(R"([{"a": 601.0}, {"a": "00601"}, {"a": 601}, {"a": 12345678901234567890}, {"a": 7.50}, {"a": true},
                                  {"a": " x "}, {"a": ""}, {"a": null}, {}])",
                    "", options)
              .table,
          "a"),
      ElementsAre("601", "601", "601", "12345678901234567890", "7.5", "true", "x", "", "", ""));
}

TEST(SchemaGiven, HoldsLaterBatchesToIt) {
  ReadOptions options;
  options.schema = Schema{{{"price", ColumnType::kNumber},
                           {"zip", ColumnType::kCategory},
                           {"sold", ColumnType::kTime},
                           {"bath", ColumnType::kNumber}}};
  options.rules.ignore = {"id"};
  const auto result = csv("id,extra,zip,sold,price\n1,x,601,2019-06-28,5\n2,y,abc,1.5,cheap\n3,z,,,dear\n", options);
  EXPECT_EQ(result.schema, *options.schema);
  EXPECT_EQ(schema_of(result.table), *options.schema);
  EXPECT_THAT(result.report.missing_columns, ElementsAre("bath"));
  EXPECT_THAT(result.report.unexpected_columns, ElementsAre("extra"));
  EXPECT_THAT(texts(result.table, "zip"), ElementsAre("601", "abc", ""));
  EXPECT_THAT(texts(result.table, "bath"), ElementsAre("", "", ""));
  ASSERT_EQ(result.report.retyped.size(), 2u);
  const ColumnIssues& price = result.report.retyped[0];
  EXPECT_EQ(price.name, "price");
  EXPECT_EQ(price.retyped_count, 2u);
  EXPECT_EQ(price.retyped_example, "cheap");
  EXPECT_EQ(price.retyped_row, 1u);
  EXPECT_EQ(result.report.retyped[1].name, "sold");
}

TEST(SchemaGiven, ReadsEveryFormThatFits) {
  ReadOptions options;
  options.schema = Schema{{{"n", ColumnType::kNumber}, {"c", ColumnType::kCategory}, {"t", ColumnType::kTime}}};
  const auto result = json_rows(R"([{"n": "12.5", "c": 7.0, "t": "2019-06-28"}, {"n": "NA", "c": false, "t": ""},
                                    {"n": true, "c": [1], "t": 5}])",
                                "", options);
  EXPECT_THAT(texts(result.table, "n"), ElementsAre("12.5", "", ""));
  EXPECT_THAT(texts(result.table, "c"), ElementsAre("7", "false", ""));
  EXPECT_THAT(texts(result.table, "t"), ElementsAre("2019-06-28", "", ""));
  ASSERT_EQ(result.report.retyped.size(), 3u);
  EXPECT_EQ(result.report.retyped[0].retyped_example, "true");
  EXPECT_EQ(result.report.retyped[1].retyped_example, "a list");
  EXPECT_EQ(result.report.retyped[2].retyped_example, "5");
}

TEST(Labels, MustBeUtf8) {
  const auto error = error_of([] { csv("city\nM\xE9rida\n"); });
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_THAT(error.what(), HasSubstr("column 'city' holds a text that is not UTF-8, in row 0"));
}

}  // namespace
}  // namespace veleta
