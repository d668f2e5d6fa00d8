#include "servers/scripted_server.hpp"

#include <fmt/format.h>
#include <utility>

namespace veleta::testing {

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)), acceptor_([this] { accept_all(); }) {}

ScriptedServer::~ScriptedServer() {
  listener_.shut_down();
  acceptor_.join();
  for (const Socket& client : clients_) client.shut_down();
  for (std::thread& thread : threads_) thread.join();
}

std::string ScriptedServer::url() const { return fmt::format("http://127.0.0.1:{}", listener_.port()); }

int ScriptedServer::connection_count() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(clients_.size());
}

std::vector<HttpMessage> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::accept_all() {
  for (;;) {
    Socket client = listener_.accept();
    if (client.descriptor() < 0) return;
    const std::lock_guard lock(mutex_);
    const Socket& kept = clients_.emplace_back(std::move(client));
    threads_.emplace_back([this, &kept] { serve(kept); });
  }
}

void ScriptedServer::serve(const Socket& client) {
  HttpMessages messages(client);
  for (;;) {
    const HttpMessage request = messages.read_request();
    if (request.bytes.empty() || request.is_cut) break;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const std::string answer = script_(request);
    if (answer.empty() || !client.write(answer) || answer.find("Connection: close") != std::string::npos) break;
  }
  client.shut_down();
}

std::string http_answer(int status, const std::string& body, const std::string& headers) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Length: {}\r\n{}\r\n{}", status, reason_phrase(status), body.size(),
                     headers, body);
}

}  // namespace veleta::testing
