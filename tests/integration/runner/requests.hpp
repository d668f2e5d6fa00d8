#pragma once

#include <functional>
#include <string>

#include "programs.hpp"
#include "store/store.hpp"

namespace veleta::test {

/// A runner's program, and the queue that it takes requests from, as a server would use it.
class RunnerProgram {
 public:
  RunnerProgram(const std::vector<std::string>& files, const std::filesystem::path& folder,
                const std::vector<std::string>& arguments = {});
  /// As a power cut would.
  void kill() { process_.kill(9); }
  /// As a service manager would.
  int stop();
  std::string output() const { return process_.output(); }

 private:
  Process process_;
};

/// The queue of a pipeline's store.
class Requests {
 public:
  explicit Requests(const std::filesystem::path& database, const std::string& pipeline = "realty");

  void submit(const std::string& id, const std::string& body = "{}", RequestKind kind = RequestKind::kRun,
              int attempt = 1);
  RunRequest find(const std::string& id);
  /// Waits until it is so. Fails the test after two minutes.
  RunRequest wait(const std::string& id, const std::function<bool(const RunRequest&)>& until);
  RunRequest wait_for_end(const std::string& id);
  RunQueue& queue() { return store_->queue(); }
  Store& store() { return *store_; }

 private:
  std::unique_ptr<Store> store_;
  std::string pipeline_;
};

}  // namespace veleta::test
