#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <type_traits>

#include "http_listener.hpp"
#include "http_message.hpp"
#include "socket_timer.hpp"

namespace veleta {

/// What the connections of a server share; outlives them.
struct HttpConnectionContext {
  HttpHandler& handler;
  const HttpLimits& limits;
  const std::atomic<bool>& draining;   ///< set: a connection ends with the reply that it is at
  std::atomic<size_t>& held;           ///< requests that are held back now
  boost::asio::any_io_executor slow;   ///< serves HttpLane::kSlow
  boost::asio::any_io_executor store;  ///< serves HttpLane::kStore
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
  /// The server stops: closes unless a request has begun; one that is held back is answered now.
  void drain();
  void close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using ErrorCode = boost::beast::error_code;
  struct Held;
  enum class HoldEnd {
    kChanged,  ///< something happened that the reply depends on
    kTimeUp,   ///< or there is no room to hold it any longer
    kClosing,  ///< the client has closed its half, or the server stops
  };
  /// What the request says of its reply's form.
  struct ReplyForm {
    unsigned version = 11;
    bool keep_alive = false;
    bool head_only = false;
  };

  /// Waits for a request's first byte; false: there will be none.
  boost::asio::awaitable<bool> await_request();
  /// Serves one request; false: the connection is done.
  boost::asio::awaitable<bool> exchange();
  ErrorCode parse_arrived(Parser& parser);
  boost::asio::awaitable<ErrorCode> read_header(Parser& parser);
  boost::asio::awaitable<ErrorCode> read_body(Parser& parser);
  boost::asio::awaitable<bool> answer(Parser& parser);
  boost::asio::awaitable<HttpReply> serve_on(HttpLane lane, const HttpRequest& request);
  /// The reply to a request, once it is ready: `reply`, or the one that it holds the place of.
  boost::asio::awaitable<HttpReply> hold_until_ready(HttpReply reply, HttpRequest& request, HttpLane lane);
  /// Runs work on the threads of a lane, and comes back.
  template <typename Work>
  boost::asio::awaitable<std::invoke_result_t<Work&>> run_on(HttpLane lane, Work work);
  /// Waits without a thread.
  boost::asio::awaitable<HoldEnd> hold_back(HttpHold hold);
  boost::asio::awaitable<HoldEnd> hold_stream(HttpHold hold);
  void watch_client(const std::shared_ptr<Held>& held);
  boost::asio::awaitable<void> refuse(const HttpProblem& problem);
  boost::asio::awaitable<ErrorCode> write(HttpReply reply, const ReplyForm& form);
  /// Writes a reply whose body goes on, until it ends.
  boost::asio::awaitable<ErrorCode> write_stream(HttpReply reply, const ReplyForm& form, HttpLane lane);
  boost::asio::awaitable<ErrorCode> write_piece(const std::string& text, bool chunked);
  template <typename Buffers>
  boost::asio::awaitable<ErrorCode> send(Buffers buffers);
  boost::asio::awaitable<void> linger();
  struct Finish;

  boost::asio::ip::tcp::socket socket_;
  SocketTimer timer_;
  boost::beast::flat_buffer buffer_;  ///< bytes received, not yet parsed
  const HttpConnectionContext& context_;
  bool idle_ = false;
  std::weak_ptr<Held> held_;   ///< what a request that is held back waits for
  bool is_abandoned_ = false;  ///< the client has gone while its request was held back
};

}  // namespace veleta
