#include "prediction_input.hpp"

#include <gmock/gmock.h>

#include "http_problem.hpp"

namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Schema kSchema{{{"bed", ColumnType::kNumber},
                      {"city", ColumnType::kCategory},
                      {"a/b~c", ColumnType::kNumber},
                      {"sold", ColumnType::kTime}}};
const ColumnRules kRules = [] {
  ColumnRules rules;
  rules.ignore = {"id"};
  return rules;
}();
const std::string kTarget = "price";

PredictionInput read(const std::string& body) { return read_prediction_input(body, {kSchema, kRules, kTarget, 3}); }

/// The problem that a body is answered with; fails the test where there is none.
HttpProblem problem(const std::string& body) {
  try {
    read(body);
  } catch (const HttpProblem& problem) {
    return problem;
  }
  ADD_FAILURE() << "accepted: " << body;
  return HttpProblem(200, "");
}

std::vector<std::string> pointers(const std::string& body) {
  std::vector<std::string> found;
  const HttpProblem told = problem(body);
  EXPECT_EQ(told.status(), 422) << body << ": " << told.what();
  for (const auto& field : told.fields()) found.push_back(field.pointer);
  return found;
}

TEST(PredictionInput, ReadsOneRow) {
  const PredictionInput input = read(R"({"bed": 3, "city": "Adjuntas"})");
  EXPECT_TRUE(input.single);
  ASSERT_EQ(input.table.row_count(), 1U);
  EXPECT_EQ(input.table.at("bed").numbers[0], 3);
  EXPECT_EQ(input.table.at("city").label(0), "Adjuntas");
}

TEST(PredictionInput, ReadsTheSameRowsFromObjectsAndFromLists) {
  const PredictionInput objects = read(R"({"rows": [{"bed": 3, "city": "Adjuntas"}, {"bed": 2.5, "city": "Ponce"}]})");
  const PredictionInput lists = read(R"({"data": [["Adjuntas", 3], ["Ponce", 2.5]], "columns": ["city", "bed"]})");
  for (const auto* input : {&objects, &lists}) {
    EXPECT_FALSE(input->single);
    ASSERT_EQ(input->table.row_count(), 2U);
    EXPECT_EQ(input->table.at("bed").numbers, (std::vector<double>{3, 2.5}));
    EXPECT_EQ(input->table.at("city").label(1), "Ponce");
    EXPECT_EQ(input->rows[1].at("bed"), 2.5);
  }
}

TEST(PredictionInput, TakesAbsentAndNullCellsAsMissing) {
  const PredictionInput input = read(R"({"rows": [{"bed": null}, {}]})");
  for (const size_t row : {0, 1}) {
    EXPECT_TRUE(input.table.at("bed").is_missing(row));
    EXPECT_TRUE(input.table.at("city").is_missing(row));
  }
}

TEST(PredictionInput, TellsTheByteWhereABodyIsNoJson) {
  const HttpProblem told = problem(R"({"bed": 3,, "city": "x"})");
  EXPECT_EQ(told.status(), 400);
  EXPECT_THAT(told.what(), HasSubstr("at byte 10"));
}

TEST(PredictionInput, RefusesABodyCutOffAnywhere) {
  for (const std::string body : {R"({"bed":3,"city":"Adj\u00fantas"})", R"({"rows":[{"bed":-1.5e3},{"city":null}]})",
                                 R"({"columns":["bed"],"data":[[1],[2]]})"}) {
    EXPECT_NO_THROW(read(body));
    for (size_t length = 0; length < body.size(); ++length)
      EXPECT_EQ(problem(body.substr(0, length)).status(), 400) << body.substr(0, length);
  }
}

TEST(PredictionInput, RefusesBodiesNestedTooDeeply) {
  std::string deep = R"({"bed":)";
  deep += std::string(100000, '[');
  EXPECT_EQ(problem(deep).status(), 400);
}

TEST(PredictionInput, PointsAtCellsOfAWrongTypeInEveryForm) {
  EXPECT_THAT(pointers(R"({"bed": "SECRET", "city": "x"})"), ElementsAre("/bed"));
  EXPECT_THAT(pointers(R"({"rows": [{"bed": 1}, {"bed": [1], "a/b~c": true}]})"),
              ::testing::UnorderedElementsAre("/rows/1/bed", "/rows/1/a~1b~0c"));
  EXPECT_THAT(pointers(R"({"columns": ["city", "bed"], "data": [["x", 1], ["y", "SECRET"]]})"),
              ElementsAre("/data/1/1"));
}

TEST(PredictionInput, SaysWhatWasExpectedAndReceivedButNeverTheValue) {
  const HttpProblem told = problem(R"({"bed": "SECRET"})");
  EXPECT_THAT(told.fields()[0].expected, HasSubstr("number"));
  EXPECT_THAT(told.fields()[0].received, HasSubstr("string"));
  EXPECT_THAT(told.what(), Not(HasSubstr("SECRET")));
  EXPECT_THAT(told.fields()[0].detail, Not(HasSubstr("SECRET")));
}

TEST(PredictionInput, NeverEchoesATextThatIsNoDate) {
  const HttpProblem told = problem(R"({"rows": [{"sold": "SECRET"}]})");
  EXPECT_EQ(told.fields()[0].pointer, "/rows/0/sold");
  for (const std::string& text : {std::string(told.what()), told.fields()[0].detail, told.fields()[0].received})
    EXPECT_THAT(text, Not(HasSubstr("SECRET")));
}

TEST(PredictionInput, PassesOverColumnsThatTrainingIgnored) {
  EXPECT_EQ(read(R"({"id": 4711, "bed": 3})").table.find("id"), nullptr);
  EXPECT_EQ(read(R"({"columns": ["id", "bed"], "data": [[4711, 3]]})").table.at("bed").numbers[0], 3);
}

TEST(PredictionInput, TellsUnknownColumnsWithTheNearest) {
  EXPECT_THAT(problem(R"({"bedd": 1})").what(), HasSubstr("Did you mean 'bed'?"));
  EXPECT_THAT(pointers(R"({"bedd": 1})"), ElementsAre("/bedd"));
  EXPECT_THAT(pointers(R"({"rows": [{"x/y": 1}]})"), ElementsAre("/rows/0/x~1y"));
  EXPECT_THAT(pointers(R"({"columns": ["bed", "ctiy"], "data": [[1, 2]]})"), ElementsAre("/columns/1"));
}

TEST(PredictionInput, SaysThatTheTargetIsNoInput) {
  EXPECT_THAT(problem(R"({"price": 1})").what(), HasSubstr("what the model predicts"));
}

TEST(PredictionInput, TellsEachShapeThatIsNone) {
  EXPECT_THAT(pointers("[1]"), ElementsAre(""));
  EXPECT_THAT(pointers("null"), ElementsAre(""));
  EXPECT_THAT(pointers(R"({"rows": {}})"), ElementsAre("/rows"));
  EXPECT_THAT(pointers(R"({"rows": []})"), ElementsAre("/rows"));
  EXPECT_THAT(pointers(R"({"rows": [1]})"), ElementsAre("/rows/0"));
  EXPECT_THAT(pointers(R"({"rows": [{}], "bed": 1})"), ElementsAre("/bed"));
  EXPECT_THAT(pointers(R"({"columns": ["bed"]})"), ElementsAre("/data"));
  EXPECT_THAT(pointers(R"({"data": [[1]]})"), ElementsAre("/columns"));
  EXPECT_THAT(pointers(R"({"columns": [1], "data": [[1]]})"), ElementsAre("/columns/0"));
  EXPECT_THAT(pointers(R"({"columns": ["bed", "bed"], "data": [[1, 1]]})"), ElementsAre("/columns/1"));
  EXPECT_THAT(pointers(R"({"columns": ["bed"], "data": [[1], [1, 2], 3]})"), ElementsAre("/data/1", "/data/2"));
}

TEST(PredictionInput, LimitsTheRows) {
  EXPECT_NO_THROW(read(R"({"rows": [{}, {}, {}]})"));
  EXPECT_EQ(problem(R"({"rows": [{}, {}, {}, {}]})").status(), 413);
  EXPECT_EQ(problem(R"({"columns": [], "data": [[], [], [], []]})").status(), 413);
}

TEST(PredictionInput, LimitsTheProblemsItLists) {
  std::string body = "{";
  for (int column = 0; column < 50; ++column) body += "\"x" + std::to_string(column) + "\":1,";
  body.back() = '}';
  EXPECT_EQ(problem(body).fields().size(), 20U);
  EXPECT_THAT(problem(body).what(), HasSubstr("more than 20 problems"));
}

TEST(PredictionInput, ReadsAColumnThatIsNamedAsAFormIs) {
  const Schema schema{{{"rows", ColumnType::kNumber}, {"data", ColumnType::kNumber}}};
  const PredictionInput input = read_prediction_input(R"({"rows": 7, "data": 1})", {schema, kRules, kTarget, 3});
  EXPECT_TRUE(input.single);
  EXPECT_EQ(input.table.at("rows").numbers[0], 7);
}

}  // namespace
}  // namespace veleta
