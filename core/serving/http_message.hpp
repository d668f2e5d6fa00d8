#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace veleta {

class HttpProblem;
struct HttpRoute;

using HttpFields = std::vector<std::pair<std::string, std::string>>;

/// A request as handlers see it, whole.
struct HttpRequest {
  std::string method;            ///< "POST"
  std::string path;              ///< "/predict": as it came, without query
  std::string content_type;      ///< empty: not said
  std::string content_encoding;  ///< empty: not said
  std::string id;                ///< of X-Request-Id; handlers see a sane one always
  std::string body;
  std::string query{};          ///< as it came, without the question mark
  std::string authorization{};  ///< headers of these names; empty: not said
  std::string accept{};
  std::string last_event_id{};
  std::string if_none_match{};

  const HttpRoute* route = nullptr;  ///< set by HttpHandler::admit
  HttpFields path_parameters{};      ///< decoded, in the order of the route's path; set by HttpHandler::admit
  bool has_bad_escape = false;       ///< in the path; set by HttpHandler::admit
  std::chrono::steady_clock::time_point arrived{};
  /// It was held back as long as it may be: a hold in the reply is not heeded.
  bool must_answer = false;
  std::string memo{};  ///< of the hold that came before

  /// The part of the path that the route's template calls `name`; the template has it.
  const std::string& path_parameter(const std::string& name) const;
};

/// A reply that is not ready yet. The request is asked again at `until`, and sooner when `wake` is called: by any
/// thread, before subscribe() returns too, until what that returned is gone.
struct HttpHold {
  std::chrono::steady_clock::time_point until;
  std::function<std::shared_ptr<void>(std::function<void()> wake)> subscribe{};
  std::string memo{};  ///< for whoever serves the request again
};

/// A piece of a reply that goes on, and when to ask for the next.
struct HttpStreamPart {
  std::string text;
  std::optional<HttpHold> hold{};  ///< absent: at once
};

struct HttpReply {
  int status = 200;
  std::string content_type = "application/json";
  HttpFields headers;  ///< besides content type and length
  std::string body;
  std::string reason{};                ///< of the status line; empty: the status's own
  std::chrono::milliseconds delay{0};  ///< the reply is sent so long after the request came
  std::optional<HttpHold> hold{};      ///< this is not the reply: the request is to be served again
  /// The body goes on with what this returns, until the client leaves or the server stops.
  std::function<HttpStreamPart()> stream{};
};

/// Which threads serve a request.
enum class HttpLane {
  kQuick,  ///< those of the connections: nothing that waits, or computes for long
  kSlow,   ///< what computes for long: one after the other, beside the others
  kStore,  ///< what waits for a store
};

/// What stands behind connections. Thread-safe.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// Looks at a request before it is served, and notes in it what it found.
  virtual HttpLane admit(HttpRequest& request) = 0;
  /// On a thread of its lane. Called again for a reply that was held back.
  virtual HttpReply serve(const HttpRequest& request) = 0;
  /// The reply to bytes that did not become a request.
  virtual HttpReply refuse(const HttpProblem& problem) = 0;
};

}  // namespace veleta
