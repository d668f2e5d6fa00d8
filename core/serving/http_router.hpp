#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http_message.hpp"

namespace veleta {

using RouteHandler = std::function<HttpReply(const HttpRequest&)>;

/// What `/openapi.json` says of a parameter in the query.
struct QueryParameter {
  std::string name;
  std::string type;  ///< "string" or "integer"
  std::string text;  ///< what it does
};

/// What `/openapi.json` says of a method at a route.
struct RouteDoc {
  std::string summary;                     ///< a line
  std::vector<QueryParameter> query{};     ///< all that it takes
  std::string body{};                      ///< the schema of the request's body; empty: it takes none
  bool needs_body = true;                  ///< whether that must be there
  std::map<int, std::string> replies{};    ///< what each status of a reply with a schema tells
  std::string schema{};                    ///< of these replies' bodies; empty: any
  std::string type{};                      ///< of these replies' content; empty: JSON
  std::vector<std::string> other_types{};  ///< that these replies may have as well, by what the client accepts
  std::map<int, std::string> problems{};   ///< what each status of a problem tells
};

struct HttpOperation {
  RouteHandler handler;
  RouteDoc doc;
};

/// What answers at one path, by method.
struct HttpRoute {
  std::string path;  ///< "/v1/pipelines/{pipeline}": the template
  std::map<std::string, HttpOperation> operations;
  /// A request with a longer body may take long, and must not keep others waiting; nothing: all of them may.
  std::optional<size_t> quick_body_bytes = std::numeric_limits<size_t>::max();
  /// Whether a request may take long though its body is short; empty: none does.
  std::function<bool(const HttpRequest&)> takes_long{};
  bool refuses_unknown_query = false;  ///< a parameter that it does not take is an error
  bool uses_store = false;             ///< its handlers wait for a store
  bool needs_token = false;            ///< where the server has one
  /// Asked by clients that take 404 for "wait" and other errors for a reason to ask again at once: its problems are
  /// told as 404 or 503 alone, and a refused token as 401.
  bool is_for_sensors = false;

  /// Throws HttpProblem 405, with Allow. HEAD is answered as GET is.
  const HttpOperation& operation(const std::string& method) const;
  /// "GET, HEAD".
  std::string allowed() const;
  /// Whether the server refuses parameters that it does not take, before the handler is asked.
  bool checks_query() const { return refuses_unknown_query || (uses_store && !is_for_sensors); }
  /// Whether what it tells, where that is read, has an ETag.
  bool has_tags() const { return uses_store; }
  /// "pipeline" of "/v1/pipelines/{pipeline}".
  std::vector<std::string> parameter_names() const;
};

/// The server's routes by path. Filled once, then only read. A template's segment in braces stands for any one that is
/// not empty.
class HttpRouter {
 public:
  HttpRouter() = default;
  HttpRouter(const HttpRouter&) = delete;
  HttpRouter& operator=(const HttpRouter&) = delete;

  HttpRoute& add(const std::string& method, const std::string& path, RouteHandler handler, RouteDoc doc = {});
  /// Notes in the request its route, null where there is none, and the parameters of its path. Segments are parted at
  /// slashes, then decoded, each once; '+' stays what it is.
  void match(HttpRequest& request) const;
  /// The problem of a path without a route: 404, with the nearest one.
  HttpProblem no_route(const std::string& path) const;
  const std::map<std::string, HttpRoute>& routes() const { return routes_; }

 private:
  using Segments = std::vector<std::string>;
  struct Template {
    Segments segments;  ///< "{name}" for a parameter
    const HttpRoute* route = nullptr;
  };

  std::map<std::string, HttpRoute> routes_;
  std::unordered_map<std::string_view, const HttpRoute*> literals_;  ///< paths without parameters
  std::vector<Template> templates_;                                  ///< all, literal segments before parameters
};

}  // namespace veleta
