#include "http_connection.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "http_problem.hpp"

namespace veleta {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr size_t kReadBytes = 8192;
/// As much as one read brings at most.
constexpr size_t kReadAheadBytes = 65536;
constexpr size_t kMaxLingerBytes = size_t{1} << 20;
constexpr std::chrono::seconds kLingerTime{2};
/// What a connection keeps of its buffer between requests.
constexpr size_t kMaxKeptBytes = 16384;

/// A request target without scheme and host, if it has them (RFC 9112, section 3.2.2).
std::string_view origin_form(std::string_view target) {
  const size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const size_t slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? "/" : target.substr(slash);
}

HttpRequest to_request(http::request<http::string_body>&& message) {
  const std::string_view target = origin_form({message.target().data(), message.target().size()});
  const size_t question = std::min(target.find('?'), target.size());
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.path = std::string(target.substr(0, question));
  if (question < target.size()) request.query = std::string(target.substr(question + 1));
  request.content_type = std::string(message[http::field::content_type]);
  request.content_encoding = std::string(message[http::field::content_encoding]);
  request.id = std::string(message["X-Request-Id"]);
  request.authorization = std::string(message[http::field::authorization]);
  request.accept = std::string(message[http::field::accept]);
  request.last_event_id = std::string(message["Last-Event-ID"]);
  request.if_none_match = std::string(message[http::field::if_none_match]);
  request.body = std::move(message.body());
  request.arrived = std::chrono::steady_clock::now();
  return request;
}

/// What to tell a client whose bytes did not become a request; nothing where nobody listens or there is nothing to
/// tell.
std::optional<HttpProblem> problem_of(const beast::error_code& error, const HttpLimits& limits) {
  if (error == http::error::header_limit)
    return HttpProblem(431, fmt::format("The request's header has more than {} bytes.", limits.header_bytes));
  if (error == http::error::body_limit)
    return HttpProblem(413, fmt::format("The body has more than {} bytes.", limits.body_bytes));
  if (error == http::error::buffer_overflow)
    return HttpProblem(431, fmt::format("What stands between the chunks of the body, or after them, has more than {} "
                                        "bytes.",
                                        limits.header_bytes));
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == beast::error_code(http::error::bad_version).category())
    return HttpProblem(400, "The request is not HTTP: " + error.message() + ".");
  return std::nullopt;
}

/// What is wrong with a header that was understood; nothing where its request can be served.
std::optional<HttpProblem> objection_to(const http::request_header<>& header) {
  if (header.version() >= 11 && header.count(http::field::host) != 1)
    return HttpProblem(400, "The request must have one Host field.");
  // What it would leave unread could be taken for the next request (RFC 9112, section 6.1).
  const auto coding = header[http::field::transfer_encoding];
  if (header.count(http::field::transfer_encoding) > 1 || (!coding.empty() && !beast::iequals(coding, "chunked")))
    return HttpProblem(501, "Of transfer codings, chunked alone is understood.");
  const auto expectation = header[http::field::expect];
  if (header.version() >= 11 && !expectation.empty() && !beast::iequals(expectation, "100-continue"))
    return HttpProblem(417, "Of expectations, 100-continue alone can be met.");
  return std::nullopt;
}

/// Some clients end a body with one (RFC 9112, section 2.2).
void skip_empty_lines(beast::flat_buffer& buffer) {
  constexpr std::string_view kEmptyLine = "\r\n";
  const auto begins_with_one = [&] {
    return std::string_view(static_cast<const char*>(buffer.data().data()), buffer.size()).starts_with(kEmptyLine);
  };
  while (begins_with_one()) buffer.consume(kEmptyLine.size());
}

/// A client of HTTP/1.0 does not know the interim reply (RFC 9110, section 10.1.1).
bool awaits_go_ahead(const http::request_header<>& header) {
  return header.version() >= 11 && beast::iequals(header[http::field::expect], "100-continue");
}

}  // namespace

HttpConnection::HttpConnection(asio::ip::tcp::socket socket, const HttpConnectionContext& context)
    : socket_(std::move(socket)), timer_(socket_), context_(context) {
  beast::error_code ignored;
  // What a parser does not take in at once is a header, or stands between the chunks of a body.
  buffer_.max_size(context.limits.header_bytes + kReadAheadBytes);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

/// However a connection ends.
struct HttpConnection::Finish {
  HttpConnection& connection;
  ~Finish() {
    connection.timer_.end();
    beast::error_code ignored;
    connection.socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    connection.socket_.close(ignored);
  }
};

asio::awaitable<void> HttpConnection::serve() {
  const Finish at_end{*this};
  while (co_await await_request())
    if (!co_await exchange()) break;
}

asio::awaitable<void> HttpConnection::turn_away() {
  const Finish at_end{*this};
  HttpProblem problem(503, "The server has as many connections as it takes.");
  problem.add_header("Retry-After", "1");
  co_await refuse(problem);
}

asio::awaitable<bool> HttpConnection::await_request() {
  if (context_.draining) co_return false;
  skip_empty_lines(buffer_);
  const SocketTimer::Limit limit(timer_, context_.limits.idle_time);
  while (buffer_.size() == 0) {
    idle_ = true;
    const auto [error, count] = co_await socket_.async_read_some(buffer_.prepare(kReadBytes), kAwait);
    idle_ = false;
    buffer_.commit(count);
    // A byte may have come in the moment in which the server closed: nobody would get the reply.
    if (error || !socket_.is_open()) co_return false;
    skip_empty_lines(buffer_);
  }
  co_return true;
}

asio::awaitable<bool> HttpConnection::exchange() {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(context_.limits.header_bytes));
  parser.body_limit(context_.limits.body_bytes);
  ErrorCode error = parse_arrived(parser);
  if (!error && !parser.is_header_done()) error = co_await read_header(parser);
  std::optional<HttpProblem> problem = error ? problem_of(error, context_.limits) : objection_to(parser.get().base());
  if (!error && !problem) {
    parser.eager(true);
    error = parse_arrived(parser);
    if (!error && !parser.is_done()) error = co_await read_body(parser);
    if (!error) co_return co_await answer(parser);
    problem = problem_of(error, context_.limits);
  }
  if (problem) co_await refuse(*problem);
  co_return false;
}

/// Takes what has arrived, which most times is all: nothing is waited for then.
HttpConnection::ErrorCode HttpConnection::parse_arrived(Parser& parser) {
  ErrorCode error;
  if (!parser.is_done()) buffer_.consume(parser.put(buffer_.data(), error));
  return error == http::error::need_more ? ErrorCode() : error;
}

asio::awaitable<HttpConnection::ErrorCode> HttpConnection::read_header(Parser& parser) {
  const SocketTimer::Limit limit(timer_, context_.limits.header_time);
  const auto [error, count] = co_await http::async_read_header(socket_, buffer_, parser, kAwait);
  co_return error;
}

asio::awaitable<HttpConnection::ErrorCode> HttpConnection::read_body(Parser& parser) {
  const SocketTimer::Limit limit(timer_, context_.limits.body_time);
  if (awaits_go_ahead(parser.get().base())) {
    http::response<http::empty_body> go_on(http::status::continue_, parser.get().version());
    const auto [write_error, written_bytes] = co_await http::async_write(socket_, go_on, kAwait);
    if (write_error) co_return write_error;
  }
  const auto [error, count] = co_await http::async_read(socket_, buffer_, parser, kAwait);
  co_return error;
}

asio::awaitable<bool> HttpConnection::answer(Parser& parser) {
  ReplyForm form{parser.get().version(), parser.get().keep_alive(), parser.get().method() == http::verb::head};
  HttpRequest request = to_request(parser.release());
  const HttpLane lane = context_.handler.admit(request);
  HttpReply reply;
  if (lane == HttpLane::kQuick)
    reply = context_.handler.serve(request);
  else
    reply = co_await serve_on(lane, request);
  if (reply.hold || reply.delay.count() > 0) reply = co_await hold_until_ready(std::move(reply), request, lane);
  if (is_abandoned_) co_return false;
  if (reply.stream && !form.head_only) {
    form.keep_alive = false;
    co_await write_stream(std::move(reply), form, lane);
    co_return false;
  }
  form.keep_alive = form.keep_alive && !context_.draining;
  const ErrorCode error = co_await write(std::move(reply), form);
  if (buffer_.capacity() > kMaxKeptBytes) buffer_.shrink_to_fit();
  co_return !error && form.keep_alive;
}

asio::awaitable<void> HttpConnection::refuse(const HttpProblem& problem) {
  const ErrorCode error = co_await write(context_.handler.refuse(problem), {});
  if (!error) co_await linger();
}

/// Reads on for a while what the client still sends: closing at once would reset the connection, and the client would
/// lose the reply (RFC 9112, section 9.6).
asio::awaitable<void> HttpConnection::linger() {
  beast::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  const SocketTimer::Limit limit(timer_, kLingerTime);
  buffer_.clear();
  for (size_t total = 0; total < kMaxLingerBytes;) {
    const auto [error, count] = co_await socket_.async_read_some(buffer_.prepare(kReadBytes), kAwait);
    if (error) co_return;
    total += count;
  }
}

}  // namespace veleta
