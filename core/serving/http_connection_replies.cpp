#include <fmt/chrono.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/status.hpp>
#include <functional>

#include "http_connection.hpp"
#include "http_problem.hpp"

// How a connection comes to a reply, holds it back, and writes it.

namespace veleta {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr size_t kMaxReasonBytes = 120;
constexpr std::chrono::seconds kStreamPause{1};

/// RFC 9110, section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date() { return fmt::format("{:%a, %d %b %Y %T} GMT", fmt::gmtime(std::time(nullptr))); }

/// As it can stand in a status line: short, and printable ASCII.
std::string reason_phrase(std::string reason) {
  if (reason.size() > kMaxReasonBytes) reason.resize(kMaxReasonBytes);
  return printable(std::move(reason));
}

/// RFC 9110, sections 6.4.1 and 15.
bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

/// All of a reply but its body. `framing`: the field that tells where the body ends; empty: there is none.
std::string head_of(const HttpReply& reply, unsigned version, bool keep_alive, const std::string& framing) {
  const std::string reason = reply.reason.empty()
                                 ? std::string(http::obsolete_reason(static_cast<http::status>(reply.status)))
                                 : reason_phrase(reply.reason);
  std::string head = fmt::format("HTTP/{}.{} {} {}\r\nServer: veleta\r\nDate: {}\r\n", version / 10, version % 10,
                                 reply.status, reason, http_date());
  const auto add = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  if (!has_no_body(reply.status)) add("Content-Type", reply.content_type);
  for (const auto& [name, value] : reply.headers) add(name, value);
  const bool stays_by_itself = version >= 11;
  if (keep_alive != stays_by_itself) add("Connection", keep_alive ? "keep-alive" : "close");
  return head.append(framing).append("\r\n");
}

/// Counts a request as held back while it lives.
struct HeldPlace {
  std::atomic<size_t>& held;
  const size_t number;  ///< of those held back, this one among them
  explicit HeldPlace(std::atomic<size_t>& all) : held(all), number(++held) {}
  ~HeldPlace() { --held; }
  HeldPlace(const HeldPlace&) = delete;
  HeldPlace& operator=(const HeldPlace&) = delete;
};

}  // namespace

/// The wait of a request that is held back. What it starts runs on the connection's executor, and may run after it has
/// ended.
struct HttpConnection::Held {
  asio::steady_timer timer;
  HoldEnd end = HoldEnd::kTimeUp;
  bool client_is_gone = false;
  bool has_ended = false;

  Held(const asio::any_io_executor& executor, std::chrono::steady_clock::time_point until) : timer(executor, until) {}

  void finish(HoldEnd why) {
    if (has_ended) return;
    end = std::max(end == HoldEnd::kTimeUp ? HoldEnd::kChanged : end, why);
    timer.cancel();
  }
};

void HttpConnection::drain() {
  beast::error_code ignored;
  if (idle_) socket_.close(ignored);
  if (const auto held = held_.lock()) held->finish(HoldEnd::kClosing);
}

void HttpConnection::close() {
  beast::error_code ignored;
  socket_.close(ignored);
  drain();
}

asio::awaitable<HttpReply> HttpConnection::serve_on(HttpLane lane, const HttpRequest& request) {
  return run_on(lane, [this, &request] { return context_.handler.serve(request); });
}

asio::awaitable<HttpReply> HttpConnection::hold_until_ready(HttpReply reply, HttpRequest& request, HttpLane lane) {
  while (reply.hold && !request.must_answer && !is_abandoned_) {
    request.memo = std::move(reply.hold->memo);
    request.must_answer = co_await hold_back(std::move(*reply.hold)) != HoldEnd::kChanged;
    if (!is_abandoned_) reply = co_await serve_on(lane, request);
  }
  HttpHold delay;
  delay.until = request.arrived + reply.delay;
  if (reply.delay.count() > 0) co_await hold_back(std::move(delay));
  co_return reply;
}

template <typename Work>
asio::awaitable<std::invoke_result_t<Work&>> HttpConnection::run_on(HttpLane lane, Work work) {
  using Result = std::invoke_result_t<Work&>;
  if (lane == HttpLane::kQuick) co_return work();
  const auto& there = lane == HttpLane::kSlow ? context_.slow : context_.store;
  // The result comes straight back: a coroutine spawned there would end behind all that waits for those threads.
  const auto start = [&work, &there, here = socket_.get_executor()](auto handler) {
    asio::post(there, [&work, here, handler = std::move(handler)]() mutable {
      std::exception_ptr error;
      Result result;
      try {
        result = work();
      } catch (...) {
        error = std::current_exception();
      }
      asio::post(here, [handler = std::move(handler), error, result = std::move(result)]() mutable {
        std::move(handler)(error, std::move(result));
      });
    });
  };
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::exception_ptr, Result)>(
      start, asio::use_awaitable);
}

asio::awaitable<HttpConnection::HoldEnd> HttpConnection::hold_back(HttpHold hold) {
  if (context_.draining) co_return HoldEnd::kClosing;
  const HeldPlace place(context_.held);
  if (place.number > context_.limits.held) co_return HoldEnd::kTimeUp;
  if (buffer_.size() == 0) buffer_.shrink_to_fit();
  const asio::any_io_executor executor = socket_.get_executor();
  const auto held = std::make_shared<Held>(executor, hold.until);
  held_ = held;
  watch_client(held);
  const auto wake = [held, executor] { asio::post(executor, [held] { held->finish(HoldEnd::kChanged); }); };
  const auto subscription = hold.subscribe ? hold.subscribe(wake) : nullptr;
  co_await held->timer.async_wait(kAwait);
  held->has_ended = true;
  beast::error_code ignored;
  socket_.cancel(ignored);
  is_abandoned_ = held->client_is_gone;
  co_return held->end;
}

/// Where too many requests are held back, a stream looks every second.
asio::awaitable<HttpConnection::HoldEnd> HttpConnection::hold_stream(HttpHold hold) {
  asio::steady_timer at_least(socket_.get_executor(), kStreamPause);
  const bool has_place = context_.held < context_.limits.held;
  const HoldEnd end = co_await hold_back(std::move(hold));
  if (end == HoldEnd::kTimeUp && !has_place) co_await at_least.async_wait(kAwait);
  co_return end;
}

/// The client sends nothing while it waits; a socket that can be read then is one that was closed.
void HttpConnection::watch_client(const std::shared_ptr<Held>& held) {
  const int socket = socket_.native_handle();
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [held, socket](const beast::error_code& error) {
    if (held->has_ended || error == asio::error::operation_aborted) return;
    char byte = 0;
    const ssize_t count = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) return;  // its next request
    held->client_is_gone = count < 0 && errno != EAGAIN && errno != EWOULDBLOCK;
    held->finish(HoldEnd::kClosing);
  });
}

asio::awaitable<HttpConnection::ErrorCode> HttpConnection::write(HttpReply reply, const ReplyForm& form) {
  const bool has_body = !has_no_body(reply.status);
  const std::string length =
      has_body && !reply.stream ? fmt::format("Content-Length: {}\r\n", reply.body.size()) : std::string();
  const std::string head = head_of(reply, form.version, form.keep_alive, length);
  if (!has_body || form.head_only) reply.body.clear();
  const std::array<asio::const_buffer, 2> message{asio::buffer(head), asio::buffer(reply.body)};
  beast::buffers_suffix<std::array<asio::const_buffer, 2>> left(message);
  ErrorCode error;
  left.consume(socket_.write_some(left, error));
  if (error && error != asio::error::would_block) co_return error;
  if (asio::buffer_size(left) == 0) co_return ErrorCode();
  co_return co_await send(left);
}

/// Writes all of them, however long the client takes up to the limit.
template <typename Buffers>
asio::awaitable<HttpConnection::ErrorCode> HttpConnection::send(Buffers buffers) {
  const SocketTimer::Limit limit(timer_, context_.limits.write_time);
  const auto [error, count] = co_await asio::async_write(socket_, buffers, kAwait);
  co_return error;
}

asio::awaitable<HttpConnection::ErrorCode> HttpConnection::write_stream(HttpReply reply, const ReplyForm& form,
                                                                        HttpLane lane) {
  const bool chunked = form.version >= 11;
  const std::string head = head_of(reply, form.version, false, chunked ? "Transfer-Encoding: chunked\r\n" : "");
  ErrorCode error = co_await send(asio::buffer(head));
  if (!error) error = co_await write_piece(reply.body, chunked);
  for (HoldEnd end = HoldEnd::kTimeUp; !error && end != HoldEnd::kClosing;) {
    HttpStreamPart part = co_await run_on(lane, std::ref(reply.stream));
    error = co_await write_piece(part.text, chunked);
    if (context_.draining) break;
    if (!error && part.hold) end = co_await hold_stream(std::move(*part.hold));
  }
  if (error || is_abandoned_ || !chunked) co_return error;
  co_return co_await send(http::make_chunk_last());
}

asio::awaitable<HttpConnection::ErrorCode> HttpConnection::write_piece(const std::string& text, bool chunked) {
  if (text.empty()) co_return ErrorCode();
  const auto bytes = asio::buffer(text);
  if (chunked) co_return co_await send(http::make_chunk(bytes));
  co_return co_await send(bytes);
}

}  // namespace veleta
