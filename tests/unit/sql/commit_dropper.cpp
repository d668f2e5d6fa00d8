#include "commit_dropper.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <stdexcept>
#include <string_view>

namespace veleta::testing {

namespace {

sockaddr_in local_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

/// Passes on what has come; the bytes, empty at the end.
std::string pass_on(int from, int to, bool is_kept = false) {
  std::array<char, 65536> buffer;
  const ssize_t count = ::recv(from, buffer.data(), buffer.size(), 0);
  if (count <= 0) return "";
  const std::string bytes(buffer.data(), static_cast<size_t>(count));
  if (!is_kept && ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) != count) return "";
  return bytes;
}

}  // namespace

CommitDropper::CommitDropper(const std::string& server_uri) : uri_(server_uri) {
  const size_t begin = uri_.rfind(':') + 1, end = uri_.find('/', begin);
  server_port_ = std::stoi(uri_.substr(begin, end - begin));
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = local_address(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port for the CommitDropper");
  uri_.replace(begin, end - begin, std::to_string(ntohs(address.sin_port)));
  acceptor_ = std::jthread([this] { accept_clients(); });
}

CommitDropper::~CommitDropper() {
  is_stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  connections_.clear();
  ::close(listener_);
}

void CommitDropper::accept_clients() {
  while (!is_stopping_) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) connections_.emplace_back([this, client] { serve(client); });
  }
}

void CommitDropper::serve(int client) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local_address(server_port_);
  bool is_open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  while (is_open && !is_stopping_) {
    std::array<pollfd, 2> sockets{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    ::poll(sockets.data(), sockets.size(), 50);
    if (sockets[1].revents) is_open = !pass_on(server, client).empty();
    if (!sockets[0].revents) continue;
    const std::string bytes = pass_on(client, server);
    is_open = !bytes.empty();
    if (bytes.find(std::string_view("COMMIT\0", 7)) == std::string::npos || !is_dropping_.exchange(false)) continue;
    pass_on(server, client, true);
    ++dropped_count_;
    is_open = false;
  }
  ::close(client);
  ::close(server);
}

}  // namespace veleta::testing
