#pragma once

#include <string>
#include <utility>
#include <vector>

namespace veleta {

class HttpProblem;

/// A request as handlers see it, whole.
struct HttpRequest {
  std::string method;            ///< "POST"
  std::string path;              ///< "/predict": without query
  std::string content_type;      ///< empty: not said
  std::string content_encoding;  ///< empty: not said
  std::string id;                ///< of X-Request-Id; handlers see a sane one always
  std::string body;
};

struct HttpReply {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;  ///< besides content type and length
  std::string body;
};

/// What stands behind connections. Thread-safe.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual HttpReply serve(HttpRequest request) = 0;
  /// True: serve() may take so long that it must not keep other requests waiting.
  virtual bool takes_long(const HttpRequest& request) const = 0;
  /// The reply to bytes that did not become a request.
  virtual HttpReply refuse(const HttpProblem& problem) = 0;
};

}  // namespace veleta
