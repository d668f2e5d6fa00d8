#pragma once

#include <string>

#include "servers/sockets.hpp"

namespace veleta::testing {

/// A whole HTTP/1.1 message as it came over a connection.
struct HttpMessage {
  std::string bytes;  ///< empty: the connection ended before it
  std::string method;
  std::string target;
  std::string body;  ///< without its chunks' frames
  bool keeps_connection = false;
  bool is_cut = false;  ///< the connection ended within it
};

/// Reads messages from one side of a connection, each to its end as its headers tell it.
class HttpMessages {
 public:
  explicit HttpMessages(const Socket& socket) : socket_(socket) {}
  /// Answers "Expect: 100-continue" itself.
  HttpMessage read_request();
  /// The answer to a request of that method; those with a status of 1xx are left out.
  HttpMessage read_answer(const std::string& method);

 private:
  template <typename Parser>
  HttpMessage read(Parser& parser, bool is_request);

  const Socket& socket_;
  std::string ahead_;  // what came and is not yet part of a message
};

/// "Service Unavailable"
std::string reason_phrase(int status);

}  // namespace veleta::testing
