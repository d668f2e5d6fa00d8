#include "meddling_proxy.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>

namespace veleta::testing {

namespace {

void send_all(int socket, const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<size_t>(count);
  }
}

/// Reads until `received` has `size` bytes; false where the connection ends before.
bool fill(int socket, std::string& received, size_t size) {
  char part[65536];
  while (received.size() < size) {
    const ssize_t count = ::recv(socket, part, sizeof part, 0);
    if (count <= 0) return false;
    received.append(part, static_cast<size_t>(count));
  }
  return true;
}

/// The next request of a connection; none: it has ended.
std::optional<Passing> receive(int socket, std::string& received) {
  size_t head_end = 0;
  while ((head_end = received.find("\r\n\r\n")) == std::string::npos)
    if (!fill(socket, received, received.size() + 1)) return std::nullopt;
  Passing request;
  size_t line_end = received.find("\r\n"), body_size = 0;
  const std::string first = received.substr(0, line_end);
  const size_t path = first.find(' ') + 1;
  request.method = first.substr(0, path - 1);
  request.path = first.substr(path, first.rfind(' ') - path);
  while (line_end < head_end) {
    const size_t begin = line_end + 2;
    line_end = received.find("\r\n", begin);
    const std::string line = received.substr(begin, line_end - begin);
    const size_t colon = std::min(line.find(':'), line.size());
    const std::string name = line.substr(0, colon);
    const std::string value = line.substr(std::min(colon + 2, line.size()));
    if (name == "Content-Length") body_size = std::stoul(value);
    if (name == "Authorization" || name == "Content-Type" || name.starts_with("X-"))
      request.headers.emplace_back(name, value);
  }
  if (!fill(socket, received, head_end + 4 + body_size)) return std::nullopt;
  request.body = received.substr(head_end + 4, body_size);
  received.erase(0, head_end + 4 + body_size);
  return request;
}

}  // namespace

bool Passing::is(const std::string& of_method, const std::string& path_end) const {
  return method == of_method && path.substr(0, path.find('?')).ends_with(path_end);
}

MeddlingProxy::MeddlingProxy(std::string upstream)
    : upstream_(std::move(upstream)), client_({}), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

MeddlingProxy::~MeddlingProxy() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

void MeddlingProxy::before(std::function<std::optional<Answer>(Passing&)> hook) {
  const std::lock_guard lock(mutex_);
  before_ = std::move(hook);
}

void MeddlingProxy::after(std::function<void(const Passing&, Answer&)> hook) {
  const std::lock_guard lock(mutex_);
  after_ = std::move(hook);
}

std::string MeddlingProxy::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::vector<std::string> MeddlingProxy::seen() {
  const std::lock_guard lock(mutex_);
  return seen_;
}

void MeddlingProxy::forget_seen() {
  const std::lock_guard lock(mutex_);
  seen_.clear();
}

void MeddlingProxy::accept_all() {
  for (;;) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    if (closing_) ::shutdown(socket, SHUT_RDWR);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void MeddlingProxy::serve(int socket) {
  std::string received;
  while (auto request = receive(socket, received)) {
    const Answer given = answer(std::move(*request));
    if (given.hang_up) break;
    send_all(socket, fmt::format("HTTP/1.1 {} X\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", given.status,
                                 given.type, given.body.size(), given.body));
  }
  ::shutdown(socket, SHUT_RDWR);
}

Answer MeddlingProxy::answer(Passing request) {
  {
    const std::lock_guard lock(mutex_);
    seen_.push_back(request.method + " " + request.path.substr(0, request.path.find('?')));
    if (before_)
      if (auto own = before_(request)) return *own;
  }
  Answer given;
  try {
    const auto response = client_.send(
        {.method = request.method, .url = upstream_ + request.path, .headers = request.headers, .body = request.body});
    given = {response.status, response.body, std::string(response.header("content-type"))};
  } catch (const std::exception& error) {
    given = {502, error.what(), "text/plain"};
  }
  const std::lock_guard lock(mutex_);
  if (after_) after_(request, given);
  return given;
}

}  // namespace veleta::testing
