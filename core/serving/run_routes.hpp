#pragma once

#include "hook_context.hpp"

namespace veleta {

/// /v1/pipelines/{pipeline}/runs/{run_id} and what is below it: a run is asked for, waited for, looked at, cancelled
/// and tried again. "Runs" are all requests of a pipeline, of other kinds too. Thread-safe.
class RunRoutes {
 public:
  explicit RunRoutes(HookContext context) : context_(std::move(context)) {}
  void add_to(HttpRouter& router);

 private:
  void add_changes(HttpRouter& router);
  void add_details(HttpRouter& router);

  HttpReply start(const HttpRequest& request) const;
  HttpReply show(const HttpRequest& request) const;
  HttpReply page_of(const RunRequest& run) const;
  HttpReply done(const HttpRequest& request) const;
  HttpReply result(const HttpRequest& request) const;
  HttpReply step(const HttpRequest& request) const;
  HttpReply log(const HttpRequest& request) const;
  HttpReply cancel(const HttpRequest& request) const;
  HttpReply retry(const HttpRequest& request) const;

  /// Throws HttpProblem 404.
  RunRequest require_run(const HttpRequest& request) const;
  /// As require_run; with a hold, where the client waits and the run has not ended.
  RunRequest await_run(const HttpRequest& request, std::optional<HttpHold>& hold) const;
  void forget_from(const RunRequest& run, const std::string& step) const;

  const HookContext context_;
};

}  // namespace veleta
