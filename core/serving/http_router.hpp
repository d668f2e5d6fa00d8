#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http_message.hpp"

namespace veleta {

using RouteHandler = std::function<HttpReply(const HttpRequest&)>;

/// What answers at one path, by method.
struct HttpRoute {
  std::map<std::string, RouteHandler> handlers;
  /// A request with a longer body may take long, and must not keep others waiting; nothing: all of them may.
  std::optional<size_t> quick_body_bytes = std::numeric_limits<size_t>::max();

  /// Throws HttpProblem 405, with Allow. HEAD is answered as GET is.
  const RouteHandler& handler(const std::string& method) const;
  /// "GET, HEAD".
  std::string allowed() const;
};

/// The server's routes by path. Filled once, then only read.
class HttpRouter {
 public:
  HttpRoute& add(const std::string& method, const std::string& path, RouteHandler handler);
  /// Throws HttpProblem 404, with the nearest path.
  const HttpRoute& find(const std::string& path) const;
  const std::map<std::string, HttpRoute>& routes() const { return routes_; }

 private:
  std::map<std::string, HttpRoute> routes_;
};

}  // namespace veleta
