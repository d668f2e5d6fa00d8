#include "labels_body.hpp"

#include <gmock/gmock.h>

#include "http_problem.hpp"

namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The status and the place of the problem that a body has.
std::string problem_of(const std::string& body, bool is_regression = false) {
  try {
    read_labels_body(body, is_regression);
  } catch (const HttpProblem& problem) {
    return std::to_string(problem.status()) + " " + problem.what();
  }
  return "none";
}

TEST(LabelsBody, IsOneRequestOrMany) {
  const LabelsBody one = read_labels_body(R"({"request_id": "a", "labels": [1.0, null]})", true);
  ASSERT_EQ(one.requests.size(), 1U);
  EXPECT_EQ(one.pointer(0), "");
  EXPECT_EQ(one.requests[0].request_id, "a");
  EXPECT_THAT(one.requests[0].labels, ElementsAre("1", "null"));
  const LabelsBody many =
      read_labels_body(R"([{"request_id": "a", "labels": ["yes"]}, {"request_id": "b", "labels": [true, 1]}])", false);
  ASSERT_EQ(many.requests.size(), 2U);
  EXPECT_EQ(many.pointer(1), "/1");
  EXPECT_THAT(many.requests[0].labels, ElementsAre("\"yes\""));
  EXPECT_THAT(many.requests[1].labels, ElementsAre("true", "1"));
}

TEST(LabelsBody, SaysWhereItIsWrong) {
  EXPECT_THAT(problem_of("{"), HasSubstr("400 "));
  EXPECT_THAT(problem_of("[]"), HasSubstr("422 Expected at least one request's labels"));
  EXPECT_THAT(problem_of("[3]"), HasSubstr("422 /0: Expected an object"));
  EXPECT_THAT(problem_of(R"({"labels": [1]})"), HasSubstr("422 /request_id: "));
  EXPECT_THAT(problem_of(R"([{"request_id": "a", "labels": []}])"), HasSubstr("422 /0/labels: "));
  EXPECT_THAT(problem_of(R"({"request_id": "a", "label": 1})"), HasSubstr("Did you mean 'labels'?"));
  EXPECT_THAT(problem_of(R"({"request_id": "a", "labels": ["601"]})", true),
              HasSubstr("422 /labels/0: Expected a number, or null, found a string."));
  EXPECT_THAT(problem_of(R"({"request_id": "a", "labels": [[1]]})"), HasSubstr("422 /labels/0: "));
  EXPECT_THAT(problem_of(R"({"request_id": ")" + std::string(129, 'x') + R"(", "labels": [1]})"),
              HasSubstr("422 /request_id: "));
  EXPECT_THAT(problem_of(R"({"request_id": "a", "labels": [")" + std::string(1001, 'x') + R"("]})"),
              HasSubstr("422 /labels/0: Expected a label of 1000 bytes at most"));
}

TEST(LabelsBody, IsBounded) {
  std::string labels, requests;
  for (size_t i = 0; i <= LabelsBody::kMaxLabels; ++i) labels += i == 0 ? "1" : ",1";
  for (size_t i = 0; i <= LabelsBody::kMaxRequests; ++i)
    requests += std::string(i == 0 ? "" : ",") + R"({"request_id": "a", "labels": [1]})";
  EXPECT_THAT(problem_of(R"({"request_id": "a", "labels": [)" + labels + "]}"), HasSubstr("413 "));
  EXPECT_THAT(problem_of("[" + requests + "]"), HasSubstr("413 "));
}

}  // namespace
}  // namespace veleta
