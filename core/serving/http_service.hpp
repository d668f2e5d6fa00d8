#pragma once

#include <functional>
#include <string>

#include "http_message.hpp"
#include "http_router.hpp"
#include "server_metrics.hpp"

namespace veleta {

/// Takes a request through its route: gives it an id, asks for the token, turns whatever is thrown into a problem
/// reply, counts it.
class HttpService final : public HttpHandler {
 public:
  /// Router and metrics must outlive it. `token` is what routes that need one ask for; empty: they ask for none.
  HttpService(const HttpRouter& router, ServerMetrics& metrics, const std::string& token = "");

  HttpLane admit(HttpRequest& request) override;
  HttpReply serve(const HttpRequest& request) override;
  HttpReply refuse(const HttpProblem& problem) override;

 private:
  HttpReply answer(const HttpRequest& request) const;
  void require_token(const HttpRequest& request) const;

  const HttpRouter& router_;
  ServerMetrics& metrics_;
  const std::string token_digest_;  ///< empty: no token
};

}  // namespace veleta
