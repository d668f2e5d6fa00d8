#include "event_routes.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <charconv>
#include <limits>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "hook_reply.hpp"
#include "json_text.hpp"

namespace veleta {

namespace {

constexpr int kPage = 100;
constexpr size_t kMostKinds = 16;
/// Proxies close connections on which nothing comes.
constexpr std::chrono::seconds kKeepAlive{15};
constexpr std::chrono::seconds kStoreAwayPause{1};

json::object event_json(const Event& event) {
  return {{"number", event.number},     {"time", format_time(event.time_ms)},   {"kind", event.kind},
          {"pipeline", event.pipeline}, {"run_id", text_or_null(event.run_id)}, {"data", event.data}};
}

/// A message of a text/event-stream.
std::string message_of(const Event& event) {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.number, event.kind, to_text(event_json(event)));
}

/// Each once. Their number is bounded, as each is another statement that a connection keeps.
std::vector<std::string> kinds_of(const std::string& text) {
  std::vector<std::string> kinds;
  if (text.empty()) return kinds;
  boost::algorithm::split(kinds, text, boost::algorithm::is_any_of(","));
  std::ranges::sort(kinds);
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  if (kinds.size() > kMostKinds || kinds.front().empty())
    throw HttpProblem(422, fmt::format("Expected 'kind' to be a kind of event, or up to {} with commas.", kMostKinds))
        .with_code("bad-kind");
  return kinds;
}

EventFilter filter_of(const HttpRequest& request) {
  EventFilter filter;
  filter.after = number_of(request, "after", 0, std::numeric_limits<int64_t>::max()).value_or(0);
  filter.pipeline = text_of(request, "pipeline");
  filter.limit = static_cast<int>(number_of(request, "limit", 1, kPage).value_or(kPage));
  filter.kinds = kinds_of(text_of(request, "kind"));
  return filter;
}

/// The number of the last event that a client of a stream has seen; nothing where it says none.
std::optional<int64_t> last_seen(const HttpRequest& request) {
  if (request.last_event_id.empty()) return number_of(request, "after", 0, std::numeric_limits<int64_t>::max());
  int64_t number = 0;
  const char* end = request.last_event_id.data() + request.last_event_id.size();
  const auto [stop, error] = std::from_chars(request.last_event_id.data(), end, number);
  if (error != std::errc() || stop != end || number < 0)
    throw HttpProblem(422, "Expected Last-Event-ID to be the number of an event.").with_code("bad-last-event-id");
  return number;
}

}  // namespace

void EventRoutes::add_to(HttpRouter& router) {
  add_hook(
      router, "GET", "/v1/events", [this](const HttpRequest& request) { return list(request); },
      {.summary = "What happened to runs, data and production, oldest first; a stream of it for Accept: "
                  "text/event-stream, from now on or after Last-Event-ID",
       .query = {{"after", "integer", "events after the one of this number: `next` of the page before"},
                 {"pipeline", "string", "of this pipeline alone"},
                 {"kind", "string", "of this kind alone, or of these, with commas"},
                 {"limit", "integer", "as many at most: 1 to 100; fewer where a reply would be too long"},
                 {"wait", "string", "how long the reply may be held back until there is an event: 20s; 30s at most"}},
       .replies = {{200, "a page of them, or the stream"}},
       .schema = "Events",
       .other_types = {"text/event-stream"}});
}

HttpReply EventRoutes::list(const HttpRequest& request) const {
  if (request.method == "GET" && request.accept.find("text/event-stream") != std::string::npos) return stream(request);
  const EventFilter filter = filter_of(request);
  const auto wait = wait_of(request);
  const uint64_t position = context_.watch.position();
  const auto events = context_.queue().events(filter);
  const int64_t forgotten = context_.queue().forgotten_events();
  BoundedList list;
  int64_t next = std::max(filter.after, forgotten);
  for (const Event& event : events) {
    if (!list.add(event_json(event))) break;
    next = event.number;
  }
  json::object body{{"events", list.take()}, {"next", next}};
  if (filter.after < forgotten) body["forgotten"] = forgotten;
  HttpReply reply = hook_reply(body);
  if (events.empty() && wait.count() > 0 && !request.must_answer)
    reply.hold = context_.watch.hold({filter.pipeline}, position, request.arrived + wait);
  return reply;
}

HttpReply EventRoutes::stream(const HttpRequest& request) const {
  EventFilter filter = filter_of(request);
  filter.limit = kPage;
  const auto seen = last_seen(request);
  filter.after = seen ? *seen : context_.queue().last_event();
  HttpReply reply{200, "text/event-stream", {{"Cache-Control", "no-store"}}, ": events\n\n"};
  if (const int64_t forgotten = context_.queue().forgotten_events(); filter.after < forgotten)
    reply.body += fmt::format("event: forgotten\ndata: {{\"forgotten\":{}}}\n\n", forgotten);
  reply.stream = [this, filter, sent = std::chrono::steady_clock::now()]() mutable { return next_part(filter, sent); };
  return reply;
}

/// `sent` is when something was sent the last time. While the store is away, the stream waits for it.
HttpStreamPart EventRoutes::next_part(EventFilter& filter, Clock::time_point& sent) const {
  const uint64_t position = context_.watch.position();
  HttpStreamPart part;
  try {
    for (const Event& event : context_.queue().events(filter)) {
      part.text += message_of(event);
      filter.after = event.number;
    }
  } catch (const Error& error) {
    log(LogLevel::kWarning, fmt::format("a stream of events waits for the store: {}", error.what()));
    part.hold = HttpHold{Clock::now() + kStoreAwayPause};
    return part;
  }
  const bool has_events = !part.text.empty();
  if (!has_events && Clock::now() >= sent + kKeepAlive) part.text = ": still here\n\n";
  if (!part.text.empty()) sent = Clock::now();
  if (!has_events) part.hold = context_.watch.hold({filter.pipeline}, position, sent + kKeepAlive);
  return part;
}

}  // namespace veleta
