#include "hook_context.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/log.hpp"
#include "base/text.hpp"
#include "http_target.hpp"

namespace veleta {

namespace {

constexpr std::chrono::milliseconds kLongestWait{30'000};

/// What a store's failure is to a client, who learns no more of it than whether to come back.
HttpProblem store_problem(const Error& error, const std::string& request_id) {
  log(LogLevel::kError, fmt::format("request {} failed: {}", request_id, error.what()));
  HttpProblem problem(503, "The store cannot be asked now; the server's log says why, under the request's id.");
  return problem.add_header("Retry-After", "1").with_code("store-unavailable");
}

bool is_of_the_store(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout || code == ErrorCode::kRefused;
}

HttpReply run_guarded(const RouteHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const HttpProblem&) {
    throw;
  } catch (const Error& error) {
    if (!is_of_the_store(error.code())) throw;
    throw store_problem(error, request.id);
  }
}

/// "20s", "20", "1.5s", "500ms" in milliseconds; nothing for another text.
std::optional<double> parse_wait_ms(std::string_view text) {
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<size_t>(stop - text.data()));
  if (unit.empty() || unit == "s") return number * 1000;
  return unit == "ms" ? std::optional(number) : std::nullopt;
}

}  // namespace

void HookContext::tell_change() const {
  watch.look_now();
  if (on_request) on_request();
}

HttpRoute& add_hook(HttpRouter& router, const std::string& method, const std::string& path, RouteHandler handler,
                    RouteDoc doc) {
  doc.problems.emplace(503, "the store cannot be asked, or the server stops: it may be better later");
  if (!doc.body.empty()) doc.problems.emplace(413, "the body is too long");
  HttpRoute& route = router.add(
      method, path,
      [handler = std::move(handler)](const HttpRequest& request) { return run_guarded(handler, request); },
      std::move(doc));
  route.needs_token = route.uses_store = true;
  return route;
}

PipelineCard require_pipeline(const HookContext& context, const std::string& name) {
  std::vector<std::string> names;
  for (PipelineCard& card : context.queue().pipelines()) {
    if (card.name == name) return std::move(card);
    names.push_back(card.name);
  }
  const std::string none = names.empty() ? " No runner has told of any." : did_you_mean(name, names);
  throw HttpProblem(404, "There is no such pipeline; GET /v1/pipelines lists them." + none)
      .with_code("unknown-pipeline:" + name);
}

std::chrono::milliseconds wait_of(const HttpRequest& request, std::chrono::milliseconds otherwise) {
  const auto given = find_field(parse_query(request.query), "wait");
  if (!given) return otherwise;
  const auto wait_ms = parse_wait_ms(*given);
  if (!wait_ms) throw HttpProblem(422, "Expected wait as '20s', '20' or '500ms'.").with_code("bad-wait");
  return std::chrono::milliseconds(static_cast<int64_t>(std::min(*wait_ms, static_cast<double>(kLongestWait.count()))));
}

std::optional<int64_t> number_of(const HttpRequest& request, const std::string& name, int64_t least, int64_t most) {
  const auto given = find_field(parse_query(request.query), name);
  if (!given) return std::nullopt;
  int64_t number = 0;
  const char* end = given->data() + given->size();
  const auto [stop, error] = std::from_chars(given->data(), end, number);
  if (error != std::errc() || stop != end || number < least || number > most)
    throw HttpProblem(422, fmt::format("Expected {} as a whole number from {} to {}.", name, least, most))
        .with_code("bad-" + name);
  return number;
}

std::string text_of(const HttpRequest& request, const std::string& name) {
  return find_field(parse_query(request.query), name).value_or("");
}

std::string run_path(const std::string& pipeline, const std::string& run_id) {
  return fmt::format("/v1/pipelines/{}/runs/{}", percent_encoded(pipeline), percent_encoded(run_id));
}

}  // namespace veleta
