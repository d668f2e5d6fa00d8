#include "accept.hpp"

#include <gmock/gmock.h>

#include "http_problem.hpp"

namespace veleta {
namespace {

constexpr const char* kBrowser =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

Form form(const std::string& accept, const std::string& query = "") {
  HttpRequest request;
  request.accept = accept;
  request.query = query;
  return form_of(request, {Form::kJson, Form::kText, Form::kHtml});
}

TEST(Accept, TakesTheClosestRange) {
  EXPECT_EQ(quality_of("", "text/html"), 1);
  EXPECT_EQ(quality_of("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text/html"), 0.7);
  EXPECT_EQ(quality_of("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text/plain"), 0.3);
  EXPECT_EQ(quality_of("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "application/json"), 0.5);
  EXPECT_EQ(quality_of("text/html;q=0, */*", "text/html"), 0) << "zero: not wanted at all";
  EXPECT_EQ(quality_of("image/png", "text/html"), 0);
}

TEST(Accept, ReadsWhatClientsWrite) {
  EXPECT_EQ(quality_of("TEXT/HTML ; charset=utf-8 ; Q=0.4", "text/html"), 0.4);
  EXPECT_EQ(quality_of(",, text/html ,", "text/html"), 1);
  for (const char* bad : {"text/html;q=x", "text/html;q=", "text/html;q=2", "text/html;q=-1", "text/html;q=nan"})
    EXPECT_EQ(quality_of(bad, "text/html"), 0) << bad;
}

TEST(Accept, GivesJsonUnlessAnotherFormIsWantedMore) {
  for (const char* accept : {"", "*/*", "application/json", "application/json, text/html", "application/*, text/html",
                             "text/html;q=0.5, application/json;q=0.6", "image/png", ";;;", "text/html;q=0"})
    EXPECT_EQ(form(accept), Form::kJson) << accept;
  for (const char* accept : {kBrowser, "text/html", "text/html;q=0.6, application/json;q=0.5", "text/html, */*;q=0.9"})
    EXPECT_EQ(form(accept), Form::kHtml) << accept;
  EXPECT_EQ(form("text/plain"), Form::kText);
  EXPECT_EQ(form("text/*"), Form::kText) << "the first of those";
}

TEST(Accept, IsLessThanWhatTheQuerySays) {
  EXPECT_EQ(form(kBrowser, "as=json"), Form::kJson);
  EXPECT_EQ(form("application/json", "as=html"), Form::kHtml);
  EXPECT_THROW(form("", "as=xml"), HttpProblem);
}

}  // namespace
}  // namespace veleta
