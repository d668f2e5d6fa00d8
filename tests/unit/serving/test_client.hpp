#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace veleta::testing {

struct Response {
  int status = 0;  ///< 0: the connection ended before a whole response
  std::string reason;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// A connection to a server on this machine, byte by byte: what a well-behaved client library would not send can be
/// sent.
class TestClient {
 public:
  /// Throws std::runtime_error where nobody listens.
  explicit TestClient(uint16_t port);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void send(const std::string& bytes);
  void half_close();
  /// Closes with a reset, as a client that crashes does.
  void vanish();
  /// The next response; `head`: to a HEAD request, which has no body.
  Response receive(bool head = false);
  /// Bytes up to the end of `text`; all that came where the connection ended before.
  std::string receive_until(const std::string& text);
  /// Sends a request and receives its response. `headers` are whole lines, each with its CRLF.
  Response ask(const std::string& method, const std::string& path, const std::string& body = "",
               const std::string& headers = "Content-Type: application/json\r\n");
  /// True once the server has closed; false if it sent bytes instead, or nothing for ten seconds.
  bool is_closed();

 private:
  bool fill();

  int socket_;
  std::string received_;
};

/// A request's bytes.
std::string request_text(const std::string& method, const std::string& path, const std::string& body = "",
                         const std::string& headers = "Content-Type: application/json\r\n");

/// One request over a connection of its own.
Response ask(uint16_t port, const std::string& method, const std::string& path, const std::string& body = "");

}  // namespace veleta::testing
