#include "http_service.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <chrono>
#include <exception>

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "http_problem.hpp"
#include "http_target.hpp"

namespace veleta {

namespace {

constexpr const char* kRequestIdHeader = "X-Request-Id";
/// Clients that ask again at once after a 401 exist.
constexpr std::chrono::milliseconds kRefusalDelay{1500};

/// A client's own id is kept if it can stand in logs and headers as it is.
bool is_sane_id(const std::string& id) {
  const auto is_safe = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.' || c == ':' || c == '+' || c == '/' || c == '=';
  };
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), is_safe);
}

/// In a time that does not tell where they differ. Of one length.
bool are_equal(const std::string& one, const std::string& other) {
  unsigned difference = 0;
  for (size_t i = 0; i < one.size(); ++i)
    difference |= static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(other[i]);
  return difference == 0;
}

HttpProblem refused_token(const std::string& code, const std::string& detail) {
  return HttpProblem(401, detail)
      .add_header("WWW-Authenticate", "Bearer realm=\"veleta\"")
      .with_code(code)
      .delayed(kRefusalDelay);
}

/// As clients may be told that take 404 for "wait".
HttpProblem for_sensors(HttpProblem problem) {
  if (problem.status() == 401 || problem.status() == 403) return problem;
  return problem.with_status(problem.status() < 500 ? 404 : 503);
}

void refuse_unknown_query(const HttpRequest& request, const RouteDoc& doc) {
  std::vector<std::string> known;
  for (const QueryParameter& parameter : doc.query) known.push_back(parameter.name);
  refuse_unknown_fields(parse_query(request.query), known);
}

bool names_tag(const std::string& if_none_match, const std::string& tag) {
  return if_none_match == "*" || if_none_match.find(tag) != std::string::npos;
}

/// Gives a reply its tag; a client that has it already gets no body (RFC 9110, section 15.4.5).
void tag_reply(const HttpRequest& request, HttpReply& reply) {
  const std::string tag = fmt::format("\"{:016x}\"", hash64(reply.body));
  reply.headers.emplace_back("ETag", tag);
  if (!names_tag(request.if_none_match, tag)) return;
  reply.status = 304;
  reply.body.clear();
}

bool is_read(const HttpRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

}  // namespace

HttpService::HttpService(const HttpRouter& router, ServerMetrics& metrics, const std::string& token)
    : router_(router), metrics_(metrics), token_digest_(token.empty() ? "" : sha256(token)) {}

HttpLane HttpService::admit(HttpRequest& request) {
  if (!is_sane_id(request.id)) request.id = new_id();
  router_.match(request);
  if (!request.route) return HttpLane::kQuick;
  if (request.route->uses_store) return HttpLane::kStore;
  if (request.route->takes_long && request.route->takes_long(request)) return HttpLane::kSlow;
  const auto& quick_bytes = request.route->quick_body_bytes;
  return !quick_bytes || request.body.size() > *quick_bytes ? HttpLane::kSlow : HttpLane::kQuick;
}

HttpReply HttpService::serve(const HttpRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  metrics_.request_started();
  HttpReply reply;
  try {
    reply = answer(request);
  } catch (...) {
    HttpProblem problem = problem_of(std::current_exception(), request.id);
    if (request.route && request.route->is_for_sensors) problem = for_sensors(std::move(problem));
    reply = to_reply(problem, request.id);
  }
  if (reply.hold && !request.must_answer) {
    metrics_.request_held();
    return reply;
  }
  reply.headers.emplace_back(kRequestIdHeader, request.id);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  metrics_.request_finished(request.route ? request.route->path : "", request.method, reply.status, spent.count());
  return reply;
}

HttpReply HttpService::answer(const HttpRequest& request) const {
  if (!request.route) throw router_.no_route(request.path);
  if (request.route->needs_token) require_token(request);
  if (request.has_bad_escape)
    throw HttpProblem(400, "The path has a '%' that two hexadecimal digits do not follow.").with_code("bad-escape");
  const HttpOperation& operation = request.route->operation(request.method);
  if (request.route->checks_query()) refuse_unknown_query(request, operation.doc);
  HttpReply reply = operation.handler(request);
  if (request.route->has_tags() && is_read(request) && reply.status == 200 && !reply.hold && !reply.stream)
    tag_reply(request, reply);
  return reply;
}

void HttpService::require_token(const HttpRequest& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (token_digest_.empty()) return;
  if (!boost::algorithm::istarts_with(request.authorization, kScheme))
    throw refused_token("token-missing", "This route wants 'Authorization: Bearer TOKEN', with the server's token.");
  if (!are_equal(sha256(std::string_view(request.authorization).substr(kScheme.size())), token_digest_))
    throw refused_token("token-wrong", "The bearer token is not the server's.");
}

HttpReply HttpService::refuse(const HttpProblem& problem) {
  metrics_.request_refused(problem.status());
  const std::string id = new_id();
  HttpReply reply = to_reply(problem, id);
  reply.headers.emplace_back(kRequestIdHeader, id);
  return reply;
}

}  // namespace veleta
