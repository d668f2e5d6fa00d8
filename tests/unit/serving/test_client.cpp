#include "test_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace veleta::testing {

namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Status and headers of "HTTP/1.1 200 OK\r\nA: b\r\n".
Response parse_head(const std::string& head) {
  Response response;
  response.status = std::stoi(head.substr(9, 3));
  response.reason = head.substr(13, head.find("\r\n") - 13);
  for (size_t at = head.find("\r\n") + 2; at < head.size();) {
    const size_t end = head.find("\r\n", at), colon = head.find(": ", at);
    response.headers[lower(head.substr(at, colon - at))] = head.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  return response;
}

}  // namespace

TestClient::TestClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval patience{10, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  close(socket_);
  throw std::runtime_error("nobody listens on port " + std::to_string(port));
}

TestClient::~TestClient() {
  if (socket_ >= 0) close(socket_);
}

void TestClient::send(const std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t count = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (count <= 0) return;  // closed by the server; receive() will tell
    at += static_cast<size_t>(count);
  }
}

void TestClient::half_close() { shutdown(socket_, SHUT_WR); }

void TestClient::vanish() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(socket_);
  socket_ = -1;
}

bool TestClient::fill() {
  char block[16384];
  const ssize_t count = recv(socket_, block, sizeof block, 0);
  if (count > 0) received_.append(block, static_cast<size_t>(count));
  return count > 0;
}

Response TestClient::receive(bool head) {
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  Response response = parse_head(received_.substr(0, end + 2));
  received_.erase(0, end + 4);
  const auto length = response.headers.find("content-length");
  if (head || length == response.headers.end()) return response;
  const size_t size = std::stoul(length->second);
  while (received_.size() < size)
    if (!fill()) return {};
  response.body = received_.substr(0, size);
  received_.erase(0, size);
  return response;
}

std::string TestClient::receive_until(const std::string& text) {
  size_t at = 0;
  while ((at = received_.find(text)) == std::string::npos)
    if (!fill()) return std::exchange(received_, "");
  const size_t size = at + text.size();
  std::string bytes = received_.substr(0, size);
  received_.erase(0, size);
  return bytes;
}

Response TestClient::ask(const std::string& method, const std::string& path, const std::string& body,
                         const std::string& headers) {
  send(request_text(method, path, body, headers));
  return receive(method == "HEAD");
}

bool TestClient::is_closed() {
  char byte = 0;
  return received_.empty() && recv(socket_, &byte, 1, 0) == 0;
}

std::string request_text(const std::string& method, const std::string& path, const std::string& body,
                         const std::string& headers) {
  return method + " " + path + " HTTP/1.1\r\nHost: test\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Response ask(uint16_t port, const std::string& method, const std::string& path, const std::string& body) {
  return TestClient(port).ask(method, path, body);
}

}  // namespace veleta::testing
