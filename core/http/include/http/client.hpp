#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP as the registry and the object store speak it to their servers.
namespace veleta::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string_view body;  ///< sent with its Content-Length; must stay as it is until the request has ended
  /// A kept connection may turn out to have been closed by the server, and libcurl then sends the request again, though
  /// the server may have carried it out. A new connection rules that out.
  bool on_new_connection = false;
};

struct Response {
  int status = 0;
  Headers headers;  ///< names in lower case
  std::string body;

  bool is_success() const { return status >= 200 && status < 300; }
  /// A header by its name in lower case; empty: there is none.
  std::string_view header(std::string_view name) const;
};

struct ClientOptions {
  double connect_timeout_s = 10;
  double timeout_s = 30;                    ///< of a whole request; 0: none, a transfer ends by stalling alone
  double stall_timeout_s = 30;              ///< slower than 1 kB/s for so long, in whole seconds: given up; 0: never
  size_t max_body_bytes = size_t{1} << 30;  ///< of a response
  std::string ca_file;                      ///< the certificates to trust; empty: the system's
  std::string client_certificate;           ///< a PEM file with certificate and key
  bool verify_tls = true;
};

/// Sends requests, and keeps connections for those that follow. Redirects are not followed. Thread-safe.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends once, and returns what was answered, of whatever status. Throws kUnavailable where the server was not
  /// reached, kTimeout and kPeerFailed where it was, and may have done what was asked: the connection was lost midway,
  /// the answer is too long. kInvalidArgument: what is no URL, a header with a line break, a certificate's file that
  /// cannot be used. Messages tell the URL without its query and its user, which may hold secrets, and no headers.
  Response send(const Request& request);

 private:
  class Pool;
  const ClientOptions options_;
  const std::unique_ptr<Pool> pool_;
};

/// When a request is sent again. The pause doubles from try to try, with jitter, unless the server names one
/// (Retry-After, as seconds or as a date).
struct Retry {
  int tries = 6;  ///< in all
  double first_pause_s = 0.2;
  double longest_pause_s = 10;
  double longest_asked_pause_s = 60;  ///< a server that asks for longer is not asked again
  /// Whether sending it again may do no harm where the first may have been carried out. False: it is sent again only
  /// where it surely was not.
  bool is_repeatable = true;
  /// Whether another try may mend an answer; none: 408, 429, 500, 502, 503 and 504 may.
  std::function<bool(const Response&)> may_pass;
};

/// Client::send, again while that may help; then the last answer, or the last error.
Response send(Client& client, const Request& request, const Retry& retry);

/// What RFC 3986 calls unreserved stays (letters, digits, '-', '_', '.', '~'), the characters in `kept` too; the rest
/// becomes %XX in upper case.
std::string percent_encoded(std::string_view text, std::string_view kept = "");

/// "scheme://host:port/path": the URL as messages may tell it.
std::string told_url(std::string_view url);

}  // namespace veleta::http
