#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "http/client.hpp"

namespace veleta::testing {

/// A request on its way to the server.
struct Passing {
  std::string method;
  std::string path;  ///< with the query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// Whether it is a call of this method on a path that ends so, before the query.
  bool is(const std::string& method, const std::string& path_end) const;
};

struct Answer {
  int status = 200;
  std::string body;
  std::string type = "application/json";
  bool hang_up = false;  ///< the connection ends without an answer
};
inline Answer no_answer() {
  Answer answer;
  answer.hang_up = true;
  return answer;
}

/// Stands between a registry and its server, does to requests and answers what a test tells it to, and counts.
class MeddlingProxy {
 public:
  /// `upstream`: "http://host:port"; empty: every request must be answered by before.
  explicit MeddlingProxy(std::string upstream = "");
  ~MeddlingProxy();
  MeddlingProxy(const MeddlingProxy&) = delete;
  MeddlingProxy& operator=(const MeddlingProxy&) = delete;

  /// May change a request, or answer it instead of the server. Called one at a time.
  void before(std::function<std::optional<Answer>(Passing&)> hook);
  /// May change an answer of the server.
  void after(std::function<void(const Passing&, Answer&)> hook);

  std::string url() const;
  /// The requests so far, as "POST /api/2.0/mlflow/runs/create".
  std::vector<std::string> seen();
  void forget_seen();

 private:
  void accept_all();
  void serve(int socket);
  Answer answer(Passing request);

  const std::string upstream_;
  http::Client client_;
  int listener_;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::function<std::optional<Answer>(Passing&)> before_;  // guarded by mutex_, as what follows
  std::function<void(const Passing&, Answer&)> after_;
  std::vector<std::string> seen_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  bool closing_ = false;
  std::thread acceptor_;
};

}  // namespace veleta::testing
