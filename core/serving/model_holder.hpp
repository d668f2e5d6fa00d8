#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "http_problem.hpp"
#include "model/bundle.hpp"
#include "registry/registry.hpp"

namespace veleta {

/// A model version that is ready to serve.
struct ServedModel {
  ModelVersion version;
  std::string digest;  ///< bundle_digest of its files
  int64_t loaded_ms = 0;
  std::shared_ptr<const Bundle> bundle;
};

enum class ReloadOutcome {
  kUnchanged,  ///< the production version serves already
  kSwapped,    ///< another version serves now
  kNoVersion,  ///< no version has the alias; what served goes on serving
  kFailed,     ///< the version could not be found or loaded; what served goes on serving
};

/// How the last look at the registry ended.
struct ReloadStatus {
  ReloadOutcome outcome = ReloadOutcome::kNoVersion;
  std::string problem;  ///< for people; empty: none
  int version = 0;      ///< the one that the alias names; 0: unknown
  int64_t time_ms = 0;
  int64_t confirmed_ms = 0;  ///< when the registry last named the version that serves; 0: not yet
};

/// Holds the model that serves, and replaces it in one step when the production alias moves. Readers keep what they got
/// as long as they need it. Thread-safe.
class ModelHolder {
 public:
  struct Source {
    std::function<std::optional<ModelVersion>()> find_production;
    std::function<ServedModel(const ModelVersion&)> load;
    /// What served last on this machine, and when the registry last confirmed it: it serves until the registry answers.
    std::function<std::optional<std::pair<ServedModel, int64_t>>()> recall = [] { return std::nullopt; };
  };
  /// Told of each swap and each failed attempt, one at a time.
  using Observer = std::function<void(const ReloadStatus&, const ServedModel* serving)>;

  ModelHolder(Source source, Observer observer);
  ~ModelHolder();

  /// The model that serves; null before the first.
  std::shared_ptr<const ServedModel> current() const {
    const std::lock_guard lock(current_mutex_);
    return current_;
  }
  ReloadStatus status() const;

  /// Looks at the registry now, and loads the production version if another one serves.
  ReloadStatus reload();

  /// Serves what is recalled, looks at once and then every `interval_s`, on a thread of its own, until stop(). A
  /// version that failed is tried again after a pause that doubles from the interval to a minute.
  void follow(double interval_s);
  void stop();

 private:
  enum class Patience { kTryNow, kAwaitPause };

  void serve_recalled();
  ReloadStatus look(Patience patience);
  ReloadStatus look_at(const std::optional<ModelVersion>& wanted, Patience patience);
  ReloadStatus failed(int version, const std::string& reason);
  bool must_wait(int version) const;
  void settle(const ReloadStatus& status);
  void serve(std::shared_ptr<const ServedModel> model);

  const Source source_;
  const Observer observer_;
  // Held while the pointer is copied, as std::atomic<std::shared_ptr> does inside, whose load in GCC 12 is a race.
  mutable std::mutex current_mutex_;
  std::shared_ptr<const ServedModel> current_;  ///< guarded by current_mutex_

  std::mutex look_mutex_;  ///< held while the registry is looked at and a version loads
  // Guarded by look_mutex_.
  double interval_s_ = 1;
  double pause_s_ = 0;
  int64_t retry_at_ms_ = 0;

  mutable std::mutex status_mutex_;
  ReloadStatus status_;  ///< guarded by status_mutex_

  std::mutex stop_mutex_;
  std::condition_variable stop_wake_;
  bool stopping_ = false;  ///< guarded by stop_mutex_
  std::thread thread_;
};

/// The 503 of a server without a model, with the reason and Retry-After.
HttpProblem no_model(const ReloadStatus& status);

}  // namespace veleta
