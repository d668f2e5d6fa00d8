#include "servers/fault_proxy.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <stdexcept>
#include <utility>

namespace veleta::testing {

namespace {

constexpr size_t kSearchedBytes = size_t{1} << 16;
constexpr size_t kToldBytes = 64;

std::string own_answer(const Fault& fault) {
  const std::string body = "<html>by the fault proxy</html>";
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n{}\r\n{}", fault.status,
                     reason_phrase(fault.status), body.size(), fault.headers, body);
}

/// To a HEAD request only its headers belong.
std::string own_answer(const Fault& fault, const std::string& method) {
  const std::string answer = own_answer(fault);
  return method == "HEAD" ? answer.substr(0, answer.find("\r\n\r\n") + 4) : answer;
}

bool is_of_http(Fault::Kind kind) { return kind == Fault::Kind::kAnswer || kind == Fault::Kind::kAnswerInstead; }

void await_end(const Socket& socket) {
  std::string rest;
  while (socket.read_some(rest)) rest.clear();
}

/// An exchange of bytes: what of it was passed on.
struct Turn {
  Fault fault;
  bool is_answered = true;  // the next bytes of the client begin another
  size_t request_bytes = 0;
  size_t answer_bytes = 0;
};

/// Passes bytes on until `limit` of the direction's are; false: they are, or the connection is lost.
bool pass(const Socket& to, std::string_view bytes, size_t& passed, size_t limit) {
  const std::string_view some = bytes.substr(0, limit - std::min(limit, passed));
  passed += some.size();
  return to.write(some) && passed < limit;
}

}  // namespace

FaultProxy::FaultProxy(const std::string& server_url) {
  boost::urls::url url(boost::urls::parse_uri(server_url).value());
  is_http_ = url.scheme() == "http";
  host_ = url.host();
  server_port_ = url.has_port() ? url.port_number() : is_http_ ? 80 : 5432;
  listen(0);
  url.set_host("127.0.0.1");
  url.set_port_number(port_);
  url_ = std::string(url.buffer());
}

FaultProxy::~FaultProxy() { stop(); }

void FaultProxy::plan(Fault fault, int nth, int times, std::string text) {
  if (is_of_http(fault.kind) && !is_http_) throw std::invalid_argument("only of HTTP can the proxy make an answer");
  const std::lock_guard lock(mutex_);
  plans_.push_back({std::move(fault), nth, nth + times - 1, std::move(text)});
}

void FaultProxy::clear_plans() {
  const std::lock_guard lock(mutex_);
  plans_.clear();
}

void FaultProxy::down() { stop(); }

void FaultProxy::up() {
  if (!listener_) listen(port_);
}

FaultProxy::Counts FaultProxy::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::vector<std::string> FaultProxy::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FaultProxy::listen(uint16_t port) {
  listener_ = std::make_unique<Listener>(port);
  port_ = listener_->port();
  acceptor_ = std::thread([this] { accept_all(); });
}

void FaultProxy::accept_all() {
  for (;;) {
    Socket client = listener_->accept();
    const std::lock_guard lock(mutex_);
    if (stopping_ || client.descriptor() < 0) return;
    remove_ended();
    ++counts_.connections;
    Connection& connection = connections_.emplace_back();
    connection.client = std::move(client);
    connection.thread = std::thread([this, &connection] { serve(connection); });
  }
}

void FaultProxy::remove_ended() {
  connections_.remove_if([](Connection& connection) {
    if (connection.has_ended) connection.thread.join();
    return connection.has_ended;
  });
}

bool FaultProxy::connect(Connection& connection) {
  try {
    Socket server = Socket::connect(host_, server_port_);
    const std::lock_guard lock(mutex_);
    connection.server = std::move(server);
    return !stopping_;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void FaultProxy::serve(Connection& connection) {
  if (connect(connection)) is_http_ ? relay_http(connection) : relay_bytes(connection);
  connection.client.shut_down();
  connection.server.shut_down();
  const std::lock_guard lock(mutex_);
  connection.has_ended = true;
}

void FaultProxy::relay_http(const Connection& connection) {
  HttpMessages requests(connection.client), answers(connection.server);
  for (;;) {
    const HttpMessage request = requests.read_request();
    if (request.bytes.empty() || request.is_cut || !relay_exchange(connection, answers, request)) return;
  }
}

bool FaultProxy::relay_exchange(const Connection& connection, HttpMessages& answers, const HttpMessage& request) {
  using Kind = Fault::Kind;
  const Fault fault = next_fault(request.bytes);
  const auto answer_by_itself = [&] {
    return connection.client.write(own_answer(fault, request.method)) && request.keeps_connection;
  };
  if (fault.kind == Kind::kDelay) sleep(fault.delay_s);
  if (fault.kind == Kind::kStall) await_end(connection.client);
  if (fault.kind == Kind::kCutInRequest) connection.server.write(request.bytes.substr(0, fault.byte_count));
  if (fault.kind == Kind::kAnswer) return answer_by_itself();
  if (fault.kind == Kind::kCutBeforeRequest || fault.kind == Kind::kStall || fault.kind == Kind::kCutInRequest)
    return false;
  connection.server.write(request.bytes);
  const HttpMessage answer = answers.read_answer(request.method);
  if (fault.kind == Kind::kCutBeforeAnswer) return false;
  if (fault.kind == Kind::kAnswerInstead) return answer_by_itself();
  const bool is_cut = fault.kind == Kind::kCutInAnswer;
  const std::string_view passed(answer.bytes);
  return connection.client.write(is_cut ? passed.substr(0, fault.byte_count) : passed) && !is_cut &&
         answer.keeps_connection && request.keeps_connection;
}

void FaultProxy::relay_bytes(const Connection& connection) {
  using Kind = Fault::Kind;
  constexpr size_t kAll = std::string::npos;
  Turn turn;
  pollfd sides[] = {{connection.client.descriptor(), POLLIN, 0}, {connection.server.descriptor(), POLLIN, 0}};
  for (std::string bytes; ::poll(sides, 2, -1) > 0; bytes.clear()) {
    if (sides[1].revents) {
      if (!connection.server.read_some(bytes)) return;
      turn.is_answered = true;
      if (turn.fault.kind == Kind::kCutBeforeAnswer) return;
      const size_t limit = turn.fault.kind == Kind::kCutInAnswer ? turn.fault.byte_count : kAll;
      if (!pass(connection.client, bytes, turn.answer_bytes, limit)) return;
    } else if (sides[0].revents) {
      if (!connection.client.read_some(bytes)) return;
      if (turn.is_answered) turn = {next_fault(bytes), false};
      if (turn.fault.kind == Kind::kCutBeforeRequest) return;
      if (turn.fault.kind == Kind::kStall) return await_end(connection.client);
      if (turn.fault.kind == Kind::kDelay && turn.request_bytes == 0) sleep(turn.fault.delay_s);
      const size_t limit = turn.fault.kind == Kind::kCutInRequest ? turn.fault.byte_count : kAll;
      if (!pass(connection.server, bytes, turn.request_bytes, limit)) return;
    }
  }
}

Fault FaultProxy::next_fault(std::string_view request) {
  const std::lock_guard lock(mutex_);
  ++counts_.exchanges;
  requests_.emplace_back(is_http_ ? request.substr(0, request.find('\r')) : request.substr(0, kToldBytes));
  Fault fault;
  for (Plan& plan : plans_) {
    if (request.substr(0, kSearchedBytes).find(plan.text) == std::string_view::npos) continue;
    ++plan.seen;
    if (fault.kind == Fault::Kind::kNone && plan.seen >= plan.first && plan.seen <= plan.last) fault = plan.fault;
  }
  counts_.faults += fault.kind != Fault::Kind::kNone;
  return fault;
}

void FaultProxy::sleep(double seconds) {
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return stopping_; });
}

void FaultProxy::stop() {
  if (!listener_) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Connection& connection : connections_) {
      connection.client.shut_down();
      connection.server.shut_down();
    }
  }
  stopped_.notify_all();
  listener_->shut_down();
  acceptor_.join();
  for (Connection& connection : connections_) connection.thread.join();
  connections_.clear();
  listener_.reset();
  stopping_ = false;
}

}  // namespace veleta::testing
