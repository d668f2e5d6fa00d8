#include "requests.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <thread>

#include "base/digest.hpp"
#include "base/ids.hpp"

namespace veleta::test {

namespace {

std::vector<std::string> all(std::vector<std::string> first, const std::vector<std::string>& then,
                             const std::vector<std::string>& last) {
  first.insert(first.end(), then.begin(), then.end());
  first.insert(first.end(), last.begin(), last.end());
  return first;
}

}  // namespace

RunnerProgram::RunnerProgram(const std::vector<std::string>& files, const std::filesystem::path& folder,
                             const std::vector<std::string>& arguments)
    : process_(binary("veleta"), with_bad_plugins(all({"runner"}, files, arguments)),
               folder / ("runner-" + new_id() + ".log")) {}

int RunnerProgram::stop() {
  process_.kill(15);
  return process_.wait();
}

Requests::Requests(const std::filesystem::path& database, const std::string& pipeline)
    : store_(open_store("sqlite:///" + database.string())), pipeline_(pipeline) {}

void Requests::submit(const std::string& id, const std::string& body, RequestKind kind, int attempt) {
  NewRequest request;
  request.pipeline = pipeline_;
  request.id = id;
  request.kind = kind;
  request.body = body;
  request.digest = sha256(body);
  request.attempt = attempt;
  queue().submit(request);
}

RunRequest Requests::find(const std::string& id) { return queue().find(pipeline_, id).value(); }

RunRequest Requests::wait(const std::string& id, const std::function<bool(const RunRequest&)>& until) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  RunRequest request = find(id);
  while (!until(request)) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << id << " is still " << to_string(request.state) << " in step '" << request.progress.step << "'";
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    request = find(id);
  }
  return request;
}

RunRequest Requests::wait_for_end(const std::string& id) {
  return wait(id, [](const RunRequest& request) { return is_ended(request.state); });
}

}  // namespace veleta::test
