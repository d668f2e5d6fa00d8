#pragma once

#include "hook_context.hpp"

namespace veleta {

/// /v1/pipelines, what is known of each, its runs, and what is asked of it besides runs: drift looked at, production
/// moved by hand. Thread-safe.
class PipelineRoutes {
 public:
  explicit PipelineRoutes(HookContext context) : context_(std::move(context)) {}
  void add_to(HttpRouter& router);

 private:
  using ReadBody = NewRequest(const std::string& body);

  void add_requests(HttpRouter& router);

  HttpReply list(const HttpRequest& request) const;
  HttpReply show(const HttpRequest& request) const;
  HttpReply list_runs(const HttpRequest& request) const;
  HttpReply judge_drift(const HttpRequest& request) const;
  HttpReply move_production(const HttpRequest& request, ReadBody& read) const;
  /// Asks for something and waits for the result.
  HttpReply submit(const HttpRequest& request, const PipelineCard& card, NewRequest asked) const;
  HttpReply await_result(const HttpRequest& request, const std::string& pipeline, const std::string& id) const;

  const HookContext context_;
};

}  // namespace veleta
