#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/json.hpp"
#include "model/bundle.hpp"
#include "serving/server.hpp"
#include "test_client.hpp"

namespace veleta::testing {

/// What to train a model of houses with.
struct Recipe {
  const char* learner = "ridge";
  Task task = Task::kRegression;
  TargetTransform transform = TargetTransform::kNone;
  uint32_t seed = 1;  ///< of the houses that it learns
};

/// A store and a registry in a folder of their own, the installed plugins, and a server over them.
class RunningServer {
 public:
  RunningServer();
  ~RunningServer();

  /// Trains a model, registers its files, and returns its version. `spoil` may change the files first.
  int publish(const Recipe& recipe, const std::function<void(BundleFiles&)>& spoil = nullptr);
  void promote(int version);
  /// The bundle of a version, opened apart from the server's.
  std::shared_ptr<const Bundle> open(int version);

  /// Starts to serve; waits for the first model if there is one in production. Its log goes to `store`, or to what
  /// `open_store` opens.
  void start(ServeOptions options = {}, std::function<std::unique_ptr<Store>()> open_store = nullptr);
  /// Stops, and waits until it has.
  void stop();

  const std::filesystem::path& folder() const { return folder_; }
  uint16_t port() const { return server->port(); }
  Response ask(const std::string& method, const std::string& path, const std::string& body = "") {
    return testing::ask(port(), method, path, body);
  }

 private:
  std::filesystem::path folder_;
  std::thread thread_;

 public:
  PluginHost plugins;
  std::unique_ptr<Store> store;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<Server> server;
};

inline constexpr const char* kPipeline = "houses";

/// Houses that no model has learned, without the columns that models predict.
Table unseen_houses(size_t rows);
/// The rows as a client sends them, missing cells as null.
json::array to_json_rows(const Table& table);
/// The body of a reply, parsed; fails the test where the status is not 200.
json::object body_of(const Response& response);

}  // namespace veleta::testing
