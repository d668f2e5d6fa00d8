#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "servers/http_messages.hpp"
#include "servers/sockets.hpp"

namespace veleta::testing {

/// An HTTP server in this process that answers as a test wants. Thread-safe.
class ScriptedServer {
 public:
  /// What to send, byte by byte; the connection is closed after it where it says "Connection: close", and where it is
  /// empty. Called by one thread for each connection.
  using Script = std::function<std::string(const HttpMessage& request)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  /// "http://127.0.0.1:port"
  std::string url() const;
  int connection_count() const;
  std::vector<HttpMessage> requests() const;

 private:
  void accept_all();
  void serve(const Socket& client);

  const Script script_;
  Listener listener_;
  mutable std::mutex mutex_;
  std::list<Socket> clients_;          // guarded by mutex_
  std::vector<HttpMessage> requests_;  // guarded by mutex_
  std::vector<std::thread> threads_;   // of the acceptor until it ends, then of the destructor
  std::thread acceptor_;
};

/// A whole answer.
std::string http_answer(int status, const std::string& body = "", const std::string& headers = "");

}  // namespace veleta::testing
