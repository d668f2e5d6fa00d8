#include "runner/runner.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <atomic>
#include <filesystem>
#include <thread>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/ids.hpp"
#include "sql/sql.hpp"

// A runner within this process, on requests that end at once.
namespace veleta {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kDay_ms = 86'400'000;

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() {
    fs::create_directories(folder_);
    options_.files = {folder_ / "rent.toml"};
    options_.work_folder = folder_ / "work";
    options_.look_interval = std::chrono::milliseconds(5);
    options_.on_change = [this] { ++changes_; };
    write_file_atomically(options_.files[0],
                          fmt::format("[pipeline]\nname = \"rent\"\ntarget = \"price\"\n[store]\nuri = \"{0}\"\n"
                                      "[registry]\nuri = \"{0}\"\n[source]\nplugin = \"csv\"\npath = \"data.csv\"\n"
                                      "[[learner]]\nplugin = \"ridge\"\n",
                                      uri_));
  }
  ~RunnerTest() override {
    store_.reset();
    fs::remove_all(folder_);
  }

  RunQueue& queue() { return store_->queue(); }

  /// There is no such version: it fails at once.
  void submit_hopeless(const std::string& id) {
    NewRequest request;
    request.pipeline = "rent";
    request.id = id;
    request.kind = RequestKind::kPromote;
    request.body = R"({"version": 7, "reason": "to see it fail"})";
    queue().submit(request);
  }

  /// Runs a runner until then.
  void run_until(const std::function<bool()>& done) {
    Runner runner(options_, *store_, plugins_);
    std::jthread thread([&] { runner.run(); });
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done() && std::chrono::steady_clock::now() < patience)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(done());
    runner.stop();
  }

  /// As if all that is in the store had been told so long ago.
  void age(int64_t by_ms) {
    constexpr const char* kNothing = "";
    sql::Database database(uri_, "ageing", std::span(&kNothing, 1));
    database.write("age", [&](sql::Connection& connection) {
      connection.run("UPDATE events SET time_ms = time_ms - ?", by_ms);
      for (const char* name : {"asked_ms", "finished_ms"})
        connection.run(fmt::format("UPDATE requests SET record = json_set(record, '$.{0}', json_extract(record, "
                                   "'$.{0}') - ?)",
                                   name),
                       by_ms);
    });
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-runner-" + new_id());
  const std::string uri_ = "sqlite:///" + (folder_ / "veleta.db").string();
  std::unique_ptr<Store> store_ = open_store(uri_);
  PluginHost plugins_{std::vector<fs::path>{std::string(VELETA_BINARY_FOLDER) + "/lib/veleta/plugins"}};
  RunnerOptions options_;
  std::atomic<int> changes_{0};
};

TEST_F(RunnerTest, TellsWhoeverWaitsThatARequestHasMoved) {
  submit_hopeless("a");
  run_until([&] { return changes_ >= 2; });  // it was taken, it has ended
  const RunRequest ended = queue().find("rent", "a").value();
  EXPECT_EQ(ended.state, RequestState::kFailed);
  EXPECT_EQ(ended.end.error_code, "not-found");
  EXPECT_EQ(changes_, 2) << "nothing happened but that";
}

TEST_F(RunnerTest, ForgetsWhatIsOlderThanItKeeps) {
  submit_hopeless("old");
  run_until([&] { return is_ended(queue().find("rent", "old")->state); });
  age(91 * kDay_ms);
  submit_hopeless("new");
  options_.keep = std::chrono::days(90);
  run_until([&] { return !queue().find("rent", "old") && is_ended(queue().find("rent", "new")->state); });
  EXPECT_EQ(queue().events({}).front().run_id, "new");
  EXPECT_GT(queue().forgotten_events(), 0);
}

TEST_F(RunnerTest, ForgetsNothingUnlessItIsTold) {
  submit_hopeless("old");
  run_until([&] { return is_ended(queue().find("rent", "old")->state); });
  age(3650 * kDay_ms);
  submit_hopeless("new");
  run_until([&] { return is_ended(queue().find("rent", "new")->state); });
  EXPECT_TRUE(queue().find("rent", "old"));
  EXPECT_EQ(queue().forgotten_events(), 0);
}

}  // namespace
}  // namespace veleta
