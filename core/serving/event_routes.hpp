#pragma once

#include "hook_context.hpp"

namespace veleta {

/// GET /v1/events: what happened, in pages behind a cursor, or as a stream. Thread-safe.
class EventRoutes {
 public:
  explicit EventRoutes(HookContext context) : context_(std::move(context)) {}
  void add_to(HttpRouter& router);

 private:
  using Clock = std::chrono::steady_clock;

  HttpReply list(const HttpRequest& request) const;
  HttpReply stream(const HttpRequest& request) const;
  HttpStreamPart next_part(EventFilter& filter, Clock::time_point& sent) const;

  const HookContext context_;
};

}  // namespace veleta
