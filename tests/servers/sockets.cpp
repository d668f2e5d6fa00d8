#include "servers/sockets.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

namespace veleta::testing {

namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}
Socket::Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Socket Socket::connect(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) fail("cannot resolve " + host);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address(found, freeaddrinfo);
  Socket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.descriptor_, address->ai_addr, address->ai_addrlen) != 0)
    fail("cannot connect to " + host + ":" + std::to_string(port));
  const int on = 1;
  ::setsockopt(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

bool Socket::read_some(std::string& bytes) const {
  char block[65536];
  ssize_t count = 0;
  do count = ::recv(descriptor_, block, sizeof block, 0);
  while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  bytes.append(block, static_cast<size_t>(count));
  return true;
}

bool Socket::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void Socket::shut_down() const {
  if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
}

Listener::Listener(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  if (::bind(socket_.descriptor(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(socket_.descriptor(), 64) != 0 ||
      ::getsockname(socket_.descriptor(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("cannot listen on 127.0.0.1:" + std::to_string(port));
  port_ = ntohs(address.sin_port);
}

Socket Listener::accept() const {
  int descriptor = -1;
  do descriptor = ::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
  while (descriptor < 0 && (errno == EINTR || errno == ECONNABORTED));
  const int on = 1;
  if (descriptor >= 0) ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return Socket(descriptor);
}

}  // namespace veleta::testing
