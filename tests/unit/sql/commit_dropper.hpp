#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace veleta::testing {

/// Stands before a PostgreSQL server. When asked to, it lets the next COMMIT through and keeps its answer: the client
/// finds its connection closed, and the server has committed.
class CommitDropper {
 public:
  explicit CommitDropper(const std::string& server_uri);
  ~CommitDropper();
  CommitDropper(const CommitDropper&) = delete;
  CommitDropper& operator=(const CommitDropper&) = delete;

  const std::string& uri() const { return uri_; }
  void drop_next_answer() { is_dropping_ = true; }
  int dropped_count() const { return dropped_count_; }

 private:
  void accept_clients();
  void serve(int client);

  std::string uri_;
  int server_port_ = 0;
  int listener_ = -1;
  std::atomic<bool> is_dropping_{false}, is_stopping_{false};
  std::atomic<int> dropped_count_{0};
  std::vector<std::jthread> connections_;  // of the acceptor's thread
  std::jthread acceptor_;
};

}  // namespace veleta::testing
