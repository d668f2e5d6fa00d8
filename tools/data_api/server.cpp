#include "server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <thread>
#include <vector>

#include "gzip.hpp"

namespace veleta::data_api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using tcp = asio::ip::tcp;
using Request = http::request<http::string_body>;

constexpr double kAcceptPauseSeconds = 0.1;
constexpr uint64_t kCutBytesPerRow = 100;  // less than half a row: an answer cut there lacks its second half

bool accepts_gzip(const Request& request) {
  return request[http::field::accept_encoding].find("gzip") != beast::string_view::npos;
}

asio::awaitable<void> wait(double seconds) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)));
  co_await timer.async_wait(use_awaitable);
}

// One client's connection: request after request until it goes.
class Session {
 public:
  Session(tcp::socket socket, Service& service, bool gzip)
      : stream_(std::move(socket)), service_(service), gzip_(gzip) {}

  asio::awaitable<void> run() {
    beast::flat_buffer buffer;
    do {
      request_ = {};
      co_await http::async_read(stream_, buffer, request_, use_awaitable);
      const auto method = std::string(request_.method_string());
      auto answer = service_.answer(method, {request_.target().data(), request_.target().size()});
      if (auto* reply = std::get_if<Reply>(&answer))
        co_await send(std::move(*reply));
      else
        co_await send_batch(std::get<BatchReply>(answer));
    } while (request_.keep_alive() && stream_.socket().is_open());
  }

 private:
  asio::awaitable<void> send(Reply reply) {
    http::response<http::string_body> response(static_cast<http::status>(reply.status), request_.version());
    response.set(http::field::content_type, reply.type);
    response.keep_alive(request_.keep_alive());
    response.body() = std::move(reply.body);
    response.prepare_payload();
    co_await http::async_write(stream_, response, use_awaitable);
  }

  asio::awaitable<void> send_header(bool is_gzip, std::optional<uint64_t> known_length) {
    http::response<http::empty_body> response(http::status::ok, request_.version());
    response.set(http::field::content_type, "application/json");
    if (is_gzip) response.set(http::field::content_encoding, "gzip");
    if (known_length)
      response.content_length(*known_length);
    else
      response.chunked(true);
    response.keep_alive(request_.keep_alive());
    http::response_serializer<http::empty_body> serializer(response);
    co_await http::async_write_header(stream_, serializer, use_awaitable);
  }

  asio::awaitable<void> send_batch(const BatchReply& reply) {
    const std::optional<Fault> fault = reply.misbehaviour ? std::optional(reply.misbehaviour->fault) : std::nullopt;
    const double seconds = fault == Fault::kSlow ? reply.misbehaviour->seconds : 0;
    co_await wait(seconds);
    BatchText text(service_.geography(), reply.order);
    if (fault == Fault::kTruncated || fault == Fault::kDrop)
      co_await send_cut(text, fault == Fault::kDrop);
    else
      co_await send_whole(text, seconds);
  }

  // A piece at a time: made while the last one travels through the system's buffers.
  asio::awaitable<void> send_whole(BatchText& text, double pause_seconds) {
    std::optional<GzipStream> gzip;
    if (gzip_ && accepts_gzip(request_)) gzip.emplace();
    co_await send_header(gzip.has_value(), std::nullopt);
    std::string piece;
    while (text.append_piece(piece)) {
      if (gzip) piece = gzip->add(piece, false);
      co_await send_chunk(piece);
      piece.clear();
      co_await wait(std::exchange(pause_seconds, 0));
    }
    if (gzip) piece = gzip->add("", true);
    co_await send_chunk(piece);
    co_await asio::async_write(stream_, http::make_chunk_last(), use_awaitable);
  }

  asio::awaitable<void> send_chunk(const std::string& bytes) {
    if (bytes.empty()) co_return;  // an empty chunk would end the answer
    co_await asio::async_write(stream_, http::make_chunk(asio::buffer(bytes)), use_awaitable);
    service_.count_sent(bytes.size());
  }

  // About the first half: either told as the whole, or with the connection closed where more was announced.
  asio::awaitable<void> send_cut(BatchText& text, bool is_announced_whole) {
    const uint64_t cut_bytes = text.rows() * kCutBytesPerRow;
    co_await send_header(false, is_announced_whole ? 2 * cut_bytes : cut_bytes);
    uint64_t sent_bytes = 0;
    for (std::string piece; sent_bytes < cut_bytes && text.append_piece(piece); piece.clear()) {
      const uint64_t now_bytes = std::min<uint64_t>(piece.size(), cut_bytes - sent_bytes);
      co_await asio::async_write(stream_, asio::buffer(piece.data(), now_bytes), use_awaitable);
      sent_bytes += now_bytes;
    }
    service_.count_sent(sent_bytes);
    if (is_announced_whole) stream_.close();
  }

  beast::tcp_stream stream_;
  Service& service_;
  bool gzip_;
  Request request_;
};

asio::awaitable<void> serve_client(tcp::socket socket, Service& service, bool gzip) {
  try {
    Session session(std::move(socket), service, gzip);
    co_await session.run();
  } catch (const boost::system::system_error&) {
    // The client went, or does not speak HTTP.
  }
}

asio::awaitable<void> accept_clients(tcp::acceptor& acceptor, Service& service, bool gzip) {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(use_awaitable));
    if (error) {  // out of file descriptors, say: clients that leave make room
      co_await wait(kAcceptPauseSeconds);
      continue;
    }
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    asio::co_spawn(executor, serve_client(std::move(socket), service, gzip), asio::detached);
  }
}

}  // namespace

struct Server::Impl {
  asio::io_context io;
  tcp::acceptor acceptor;

  explicit Impl(const tcp::endpoint& address) : acceptor(io, address) {}
};

Server::Server(Service& service, const ServerOptions& options)
    : impl_(std::make_unique<Impl>(tcp::endpoint(asio::ip::make_address(options.host), options.port))) {
  asio::co_spawn(impl_->io, accept_clients(impl_->acceptor, service, options.gzip), asio::detached);
}

Server::~Server() = default;

unsigned short Server::port() const { return impl_->acceptor.local_endpoint().port(); }

void Server::run(unsigned threads) {
  asio::signal_set signals(impl_->io, SIGINT, SIGTERM);
  signals.async_wait([this](const auto&, int) { stop(); });
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < threads; ++i) helpers.emplace_back([this] { impl_->io.run(); });
  impl_->io.run();
}

void Server::stop() { impl_->io.stop(); }

}  // namespace veleta::data_api
