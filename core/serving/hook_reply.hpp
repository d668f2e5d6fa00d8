#pragma once

#include <cstdint>
#include <string>

#include "base/json.hpp"
#include "http_message.hpp"
#include "store/run_queue.hpp"

// What hooks answer: JSON of less than 4 kB, as schedulers keep every reply in their own database.

namespace veleta {

inline constexpr size_t kMaxHookReply_bytes = 4000;

/// A reply that is small enough: where the body is too long, its texts are cut, between characters, and its lists;
/// names, links and cursors stay whole.
HttpReply hook_reply(const json::object& body, int status = 200);

/// Items of a list as long as all fit into a reply. Empty it is never, if there is an item.
class BoundedList {
 public:
  /// False: the item has no more room, and was not taken.
  bool add(json::object item);
  json::array take() { return std::move(items_); }

 private:
  json::array items_;
  size_t bytes_ = 0;
};

/// "2026-11-24T10:03:56.120Z"; null where it has not happened yet.
json::value time_or_null(int64_t time_ms);
/// null where it is empty.
json::value text_or_null(const std::string& text);

/// A request as every hook tells it: where it is, what came of it, and links.
json::object run_json(const RunRequest& request);
/// A line of a list of them.
json::object run_line(const RunRequest& request);

/// The result of an ended request: 200, or the problem 424 that it failed, 410 that it was cancelled. Throws
/// HttpProblem 409 where it has not ended.
HttpReply result_reply(const RunRequest& request);

}  // namespace veleta
