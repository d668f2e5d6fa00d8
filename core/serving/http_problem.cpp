#include "http_problem.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "json_text.hpp"

namespace veleta {

namespace {

/// What fits into a status line.
constexpr size_t kMaxCode_bytes = 120;

/// The status's phrase, as RFC 9110 has it.
const char* title_of(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 424: return "Failed Dependency";
    case 431: return "Request Header Fields Too Large";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

json::object to_json(const FieldProblem& field) {
  json::object object{{"pointer", field.pointer}, {"detail", field.detail}};
  if (!field.expected.empty()) object["expected"] = field.expected;
  if (!field.received.empty()) object["received"] = field.received;
  return object;
}

}  // namespace

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

HttpProblem::HttpProblem(int status, const std::string& detail, std::vector<FieldProblem> fields)
    : Error(status < 500 ? ErrorCode::kInvalidArgument : ErrorCode::kInternal, detail),
      status_(status),
      fields_(std::move(fields)) {}

HttpProblem& HttpProblem::add_header(std::string name, std::string value) {
  headers_.emplace_back(std::move(name), std::move(value));
  return *this;
}

HttpProblem& HttpProblem::with_code(const std::string& code) {
  code_ = printable(clipped(code, kMaxCode_bytes));
  return *this;
}

HttpProblem& HttpProblem::delayed(std::chrono::milliseconds delay) {
  delay_ = delay;
  return *this;
}

HttpProblem& HttpProblem::with_status(int status) {
  status_ = status;
  return *this;
}

HttpProblem problem_of(const std::exception_ptr& exception, const std::string& request_id) {
  std::string reason = "an exception of an unknown type";
  try {
    std::rethrow_exception(exception);
  } catch (const HttpProblem& problem) {
    return problem;
  } catch (const std::exception& error) {
    reason = error.what();
  } catch (...) {
  }
  log(LogLevel::kError, fmt::format("request {} failed: {}", request_id, reason));
  return HttpProblem(500, "The server could not answer this request; its log says why, under the request's id.");
}

HttpReply to_reply(const HttpProblem& problem, const std::string& request_id) {
  json::object body{{"type", "about:blank"},
                    {"title", title_of(problem.status())},
                    {"status", problem.status()},
                    {"detail", problem.what()},
                    {"request_id", request_id}};
  if (!problem.code().empty()) body["code"] = problem.code();
  if (!problem.fields().empty()) {
    json::array errors;
    for (const auto& field : problem.fields()) errors.push_back(to_json(field));
    body["errors"] = std::move(errors);
  }
  return {problem.status(), "application/problem+json", problem.headers(), to_text(body), problem.code(),
          problem.delay()};
}

}  // namespace veleta
