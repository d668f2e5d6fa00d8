#include <gmock/gmock.h>

#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Schema kSchema{{{"bed", ColumnType::kNumber},
                      {"city", ColumnType::kCategory},
                      {"sold", ColumnType::kTime},
                      {"a/b", ColumnType::kNumber}}};

Table rows_of(const std::string& text, std::vector<RowProblem>& problems, const ColumnRules& rules = {}) {
  return table_from_json_rows(parse_json(text, "rows").get_array(), kSchema, rules, "/rows", problems);
}

TEST(RequestRows, ReadWhatFitsAndFillUpTheRest) {
  std::vector<RowProblem> problems;
  ColumnRules rules;
  rules.ignore = {"id"};
  rules.fold_case = true;
  const Table table = rows_of(R"([{"bed": 3, "city": " PONCE ", "sold": "2019-06-28", "a/b": 0.5, "id": "x"},
                                  {"bed": null, "city": 601.0}, {"city": true}, {"city": "00601"}])",
                              problems, rules);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(schema_of(table), kSchema);
  EXPECT_THAT(texts(table, "bed"), ElementsAre("3", "", "", ""));
  EXPECT_THAT(texts(table, "city"), ElementsAre("ponce", "601", "true", "601"));
  EXPECT_THAT(texts(table, "sold"), ElementsAre("2019-06-28", "", "", ""));
  EXPECT_THAT(texts(table, "a/b"), ElementsAre("0.5", "", "", ""));
}

TEST(RequestRows, HaveMinusZeroAsZero) {
  std::vector<RowProblem> problems;
  EXPECT_THAT(texts(rows_of(R"([{"bed": -0.0}, {"bed": -0}])", problems), "bed"), ElementsAre("0", "0"));
}

TEST(RequestRows, SpellLabelsAsTheReadersDo) {
  const std::string rows = R"([{"city": 12345678901234567890}, {"city": 7.50}, {"city": -3}, {"city": "NA"}])";
  std::vector<RowProblem> problems;
  ReadOptions options;
  options.schema = kSchema;
  EXPECT_EQ(texts(rows_of(rows, problems), "city"), texts(json_rows(rows, "", options).table, "city"));
}

TEST(RequestRows, CollectEveryProblemWithItsPlace) {
  std::vector<RowProblem> problems;
  const Table table = rows_of(R"([{"bed": "3", "city": ["x"], "sold": 5, "a/b": true}, 7, {"bad": 1, "sold": "soon"},
                                  {"bed": 1e999}])",
                              problems);
  EXPECT_EQ(table.row_count(), 4u);
  for (const auto& column : table.columns) EXPECT_EQ(column.missing_count(), 4u) << column.name;

  std::vector<std::string> told;
  for (const auto& problem : problems) told.push_back(problem.pointer + " is " + problem.found);
  EXPECT_THAT(told, ElementsAre("/rows/0/bed is a string", "/rows/0/city is a list", "/rows/0/sold is a number",
                                "/rows/0/a~1b is a boolean", "/rows/1 is a number", "/rows/2/sold is \"soon\"",
                                "/rows/2/bad is 'bad'", "/rows/3/bed is a number too large"));
  EXPECT_EQ(problems[0].expected, "a number");
  EXPECT_THAT(problems[6].expected, HasSubstr("Did you mean 'bed'?"));
}

}  // namespace
}  // namespace veleta
