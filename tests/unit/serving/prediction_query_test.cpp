#include "prediction_query.hpp"

#include <gmock/gmock.h>

#include "http_problem.hpp"
#include "model/explanation_rows.hpp"

namespace veleta {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::string& query) {
  try {
    parse_prediction_query(query);
    return "accepted";
  } catch (const HttpProblem& problem) {
    EXPECT_EQ(problem.status(), 422);
    return problem.what();
  }
}

TEST(PredictionQuery, SaysHowManyColumnsAndPairsAreTold) {
  const PredictionQuery query = parse_prediction_query("explain=top5&interactions=all");
  EXPECT_EQ(query.columns, 5U);
  EXPECT_EQ(query.pairs, kAllColumns);
  EXPECT_FALSE(parse_prediction_query("").columns);
  EXPECT_EQ(parse_prediction_query("explain=top%31000").columns, 1000U);
}

TEST(PredictionQuery, RefusesOtherCounts) {
  for (const char* value : {"top0", "top1001", "top", "top-1", "top5x", "5", "", "true", "top99999999999999999999"})
    EXPECT_THAT(refusal(std::string("explain=") + value), HasSubstr("expected all, or top1 to top1000")) << value;
  EXPECT_THAT(refusal("interactions=many"), HasSubstr("The query's interactions has"));
}

TEST(PredictionQuery, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal("explian=top5"), HasSubstr("It takes: explain, interactions. Did you mean 'explain'?"));
  EXPECT_THAT(refusal("explain=top5&interaction=all"), HasSubstr("Did you mean 'interactions'?"));
  EXPECT_THAT(refusal("trace"), HasSubstr("It takes: explain, interactions."));
}

TEST(PredictionQuery, ReadsPlainCounts) {
  EXPECT_EQ(parse_count("top=20", "top"), 20U);
  EXPECT_FALSE(parse_count("", "top"));
  EXPECT_THROW(parse_count("top=0", "top"), HttpProblem);
}

}  // namespace
}  // namespace veleta
