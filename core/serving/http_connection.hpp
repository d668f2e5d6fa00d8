#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http_listener.hpp"
#include "http_message.hpp"

namespace veleta {

/// What the connections of a server share; outlives them.
struct HttpConnectionContext {
  HttpHandler& handler;
  const HttpLimits& limits;
  const std::atomic<bool>& draining;  ///< set: a connection ends with the reply that it is at
  boost::asio::any_io_executor slow;  ///< where requests that take long are served
};

/// One client's connection: reads a request, has it answered, writes the reply, and again. Every function runs on the
/// socket's executor, which must be serial.
class HttpConnection {
 public:
  HttpConnection(boost::asio::ip::tcp::socket socket, const HttpConnectionContext& context);

  /// Until the client leaves, breaks a limit, or the server drains. The connection must outlive it.
  boost::asio::awaitable<void> serve();
  /// Tells the client that there is no room for it, instead of serving it.
  boost::asio::awaitable<void> turn_away();
  /// Closes unless a request has begun.
  void close_if_idle();
  void close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using ErrorCode = boost::beast::error_code;

  /// Waits for a request's first byte; false: there will be none.
  boost::asio::awaitable<bool> await_request();
  /// Serves one request; false: the connection is done.
  boost::asio::awaitable<bool> exchange();
  boost::asio::awaitable<ErrorCode> read_header(Parser& parser);
  boost::asio::awaitable<ErrorCode> read_body(Parser& parser);
  boost::asio::awaitable<bool> answer(Parser& parser);
  boost::asio::awaitable<HttpReply> handle(HttpRequest request);
  boost::asio::awaitable<void> refuse(const HttpProblem& problem);
  boost::asio::awaitable<ErrorCode> write(HttpReply reply, unsigned version, bool keep_alive, bool head_only);
  boost::asio::awaitable<void> linger();
  void finish();

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;  ///< bytes received, not yet parsed
  const HttpConnectionContext& context_;
  bool idle_ = false;
};

}  // namespace veleta
