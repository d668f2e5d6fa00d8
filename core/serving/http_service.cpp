#include "http_service.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include "base/ids.hpp"
#include "http_problem.hpp"

namespace veleta {

namespace {

constexpr const char* kRequestIdHeader = "X-Request-Id";

/// A client's own id is kept if it can stand in logs and headers as it is.
bool is_sane_id(const std::string& id) {
  const auto is_safe = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.' || c == ':' || c == '+' || c == '/' || c == '=';
  };
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), is_safe);
}

}  // namespace

HttpReply HttpService::serve(HttpRequest request) {
  const auto start = std::chrono::steady_clock::now();
  metrics_.request_started();
  if (!is_sane_id(request.id)) request.id = new_id();
  std::string route;
  HttpReply reply;
  try {
    const HttpRoute& found = router_.find(request.path);
    route = request.path;
    reply = found.handler(request.method)(request);
  } catch (...) {
    reply = to_reply(problem_of(std::current_exception(), request.id), request.id);
  }
  reply.headers.emplace_back(kRequestIdHeader, request.id);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  metrics_.request_finished(route, request.method, reply.status, spent.count());
  return reply;
}

bool HttpService::takes_long(const HttpRequest& request) const {
  const auto found = router_.routes().find(request.path);
  if (found == router_.routes().end()) return false;
  const auto& quick_bytes = found->second.quick_body_bytes;
  return !quick_bytes || request.body.size() > *quick_bytes;
}

HttpReply HttpService::refuse(const HttpProblem& problem) {
  metrics_.request_refused(problem.status());
  const std::string id = new_id();
  HttpReply reply = to_reply(problem, id);
  reply.headers.emplace_back(kRequestIdHeader, id);
  return reply;
}

}  // namespace veleta
