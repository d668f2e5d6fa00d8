#pragma once

#include <functional>
#include <string>

#include "http_message.hpp"
#include "http_router.hpp"
#include "server_metrics.hpp"

namespace veleta {

/// Takes a request through its route: gives it an id, turns whatever is thrown into a problem reply, counts it.
class HttpService final : public HttpHandler {
 public:
  /// Both must outlive it.
  HttpService(const HttpRouter& router, ServerMetrics& metrics) : router_(router), metrics_(metrics) {}

  HttpReply serve(HttpRequest request) override;
  bool takes_long(const HttpRequest& request) const override;
  HttpReply refuse(const HttpProblem& problem) override;

 private:
  const HttpRouter& router_;
  ServerMetrics& metrics_;
};

}  // namespace veleta
