#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plugins/plugin_host.hpp"
#include "store/store.hpp"

namespace veleta {

struct RunnerOptions {
  std::vector<std::filesystem::path> files;  ///< of the pipelines to run; all keep their records in the store given
  std::filesystem::path program;             ///< this binary, which workers are started from
  std::filesystem::path work_folder = "var/work";
  unsigned threads = 1;  ///< requests at a time
  /// A runner that has not been heard of for so long is taken for dead, and others take its requests over.
  std::chrono::milliseconds lease{10'000};
  std::chrono::milliseconds look_interval{250};  ///< for requests, and for cancellations
  /// Events and ended requests of the store are forgotten when they are so old, a few at a time; 0: never.
  std::chrono::hours keep{0};
  /// Called, by any thread, when a request of the store has moved on; returns at once. May be empty.
  std::function<void()> on_change{};
};

/// Takes requests from a store's queue and carries them out: runs of pipelines, drift looked at, promotions by hand.
/// Also submits runs by the pipelines' schedules. Any number of runners, in any number of processes, may share a store.
///
/// A pipeline's file is read anew for each request; one that is wrong then fails the request, told line by line.
class Runner {
 public:
  /// Reads the files and announces their pipelines. Throws ConfigError for a wrong one, kInvalidArgument where two name
  /// one pipeline. Store and plugins must outlive it.
  Runner(RunnerOptions options, Store& store, PluginHost& plugins);
  ~Runner();

  /// Works until stop(); then interrupts what runs, puts it back for other runners, and returns. Call it once.
  void run();
  /// Thread-safe; returns at once.
  void stop();
  /// There may be a request: look now. Thread-safe; returns at once.
  void wake();

  const std::string& name() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace veleta
