#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "change_watch.hpp"
#include "http_problem.hpp"
#include "http_router.hpp"
#include "late_store.hpp"

namespace veleta {

/// What the hooks work with; outlives them. All of it is thread-safe.
struct HookContext {
  LateStore& store;
  ChangeWatch& watch;
  const std::atomic<bool>& draining;
  std::function<void()> on_request;  ///< called when a runner may have something to do; may be empty

  RunQueue& queue() const { return store.get().queue(); }
  /// Tells this process that a request has changed.
  void tell_change() const;
};

/// Registers a hook: behind the token, on the threads that wait for the store, whose failures are told as 503.
/// Describes that, and 413 where it takes a body, unless `doc` does.
HttpRoute& add_hook(HttpRouter& router, const std::string& method, const std::string& path, RouteHandler handler,
                    RouteDoc doc);

/// Throws HttpProblem 404 with the nearest name.
PipelineCard require_pipeline(const HookContext& context, const std::string& name);

/// "20s", "20", "500ms", 30 s at most; zero where the query has no `wait`. Throws HttpProblem 422 for another text.
std::chrono::milliseconds wait_of(const HttpRequest& request, std::chrono::milliseconds otherwise = {});
/// The number in the query's parameter; nothing where it has none. Throws HttpProblem 422 for what is no number within
/// the bounds.
std::optional<int64_t> number_of(const HttpRequest& request, const std::string& name, int64_t least, int64_t most);
/// The text of the query's parameter; empty where it has none.
std::string text_of(const HttpRequest& request, const std::string& name);

/// The path of a pipeline's run, or of what is below it: "/v1/pipelines/rent/runs/a".
std::string run_path(const std::string& pipeline, const std::string& run_id);

}  // namespace veleta
