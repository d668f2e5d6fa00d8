#include "http_listener.hpp"

#include <fmt/format.h>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "http_connection.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Where the process is out of file descriptors, accepting again at once would only burn the processor.
constexpr std::chrono::milliseconds kAcceptPause{100};

/// One waits for the store's writes, one reads meanwhile.
constexpr size_t kStoreThreads = 2;

tcp::acceptor listen_on(const asio::any_io_executor& executor, const std::string& host, uint16_t port) {
  try {
    tcp::resolver resolver(executor);
    const auto addresses = resolver.resolve(host, std::to_string(port), tcp::resolver::passive);
    return tcp::acceptor(executor, addresses.begin()->endpoint());
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorCode::kUnavailable, fmt::format("cannot listen on {}:{}: {}", host, port, error.code().message()));
  }
}

}  // namespace

struct HttpListener::Impl {
  using Strand = asio::strand<asio::io_context::executor_type>;
  /// A connection, and the executor that it runs on.
  struct Client {
    Strand strand;
    HttpConnection connection;
    Client(Strand on, tcp::socket socket, const HttpConnectionContext& context)
        : strand(std::move(on)), connection(std::move(socket), context) {}
  };

  asio::io_context context;
  Strand strand{asio::make_strand(context)};  ///< all that follows is used on it alone
  tcp::acceptor acceptor;
  asio::steady_timer timer{strand};           ///< the pause of accepting; then the end of draining
  std::set<std::shared_ptr<Client>> clients;  ///< those served, and those turned away
  size_t served = 0;                          ///< of the clients

  std::atomic<bool> draining{false};  ///< read by all connections
  const HttpLimits limits;
  const uint16_t port;
  std::atomic<size_t> held{0};
  asio::thread_pool slow_pool{1};
  asio::thread_pool store_pool{kStoreThreads};
  const HttpConnectionContext connection_context;

  Impl(const std::string& host, uint16_t wanted_port, HttpHandler& handler, const HttpLimits& client_limits)
      : acceptor(listen_on(strand, host, wanted_port)),
        limits(client_limits),
        port(acceptor.local_endpoint().port()),
        connection_context{handler, limits, draining, held, slow_pool.get_executor(), store_pool.get_executor()} {
    asio::co_spawn(strand, accept(), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
  }

  asio::awaitable<void> accept() {
    constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
    bool failing = false;  // the log has said so
    while (!draining) {
      Strand client_strand = asio::make_strand(context);
      auto [error, socket] = co_await acceptor.async_accept(client_strand, kAwait);
      if (draining) co_return;
      if (!error) {
        failing = false;
        welcome(std::make_shared<Client>(client_strand, std::move(socket), connection_context));
        continue;
      }
      if (!std::exchange(failing, true)) log(LogLevel::kError, "cannot accept connections: " + error.message());
      timer.expires_after(kAcceptPause);
      co_await timer.async_wait(kAwait);
    }
  }

  void welcome(const std::shared_ptr<Client>& client) {
    const bool is_served = served < limits.connections;
    // Those turned away linger until they have read why; past as many again, they are dropped.
    if (!is_served && clients.size() >= 2 * limits.connections) return;
    served += is_served;
    clients.insert(client);
    asio::co_spawn(client->strand, is_served ? client->connection.serve() : client->connection.turn_away(),
                   asio::bind_executor(strand, [this, client, is_served](const std::exception_ptr& error) {
                     served -= is_served;
                     part(client, error);
                   }));
  }

  void part(const std::shared_ptr<Client>& client, const std::exception_ptr& error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const std::exception& reason) {
      log(LogLevel::kError, fmt::format("a connection broke: {}", reason.what()));
    }
    clients.erase(client);
    if (draining && clients.empty()) timer.cancel();
  }

  void drain() {
    if (draining.exchange(true)) return;
    acceptor.close();
    timer.cancel();
    for (const auto& client : clients) asio::post(client->strand, [client] { client->connection.drain(); });
    if (clients.empty()) return;
    timer.expires_after(limits.drain_time);
    timer.async_wait([this](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      for (const auto& client : clients) asio::post(client->strand, [client] { client->connection.close(); });
    });
  }
};

HttpListener::HttpListener(const std::string& host, uint16_t port, HttpHandler& handler, const HttpLimits& limits)
    : impl_(std::make_unique<Impl>(host, port, handler, limits)) {}

HttpListener::~HttpListener() = default;

uint16_t HttpListener::port() const { return impl_->port; }

void HttpListener::run(unsigned threads) {
  std::vector<std::thread> others;
  for (unsigned index = 1; index < threads; ++index) others.emplace_back([this] { impl_->context.run(); });
  impl_->context.run();
  for (auto& thread : others) thread.join();
}

void HttpListener::stop() {
  asio::post(impl_->strand, [impl = impl_.get()] { impl->drain(); });
}

}  // namespace veleta
