#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/cron.hpp"
#include "config/pipeline_config.hpp"

namespace veleta {

/// The times at which a schedule is due. Times are milliseconds since 1970-01-01 UTC.
class DueTimes {
 public:
  /// The schedule is a checked one.
  explicit DueTimes(const PipelineConfig::Schedule& schedule);

  /// What fell due after `after_ms` and by `now_ms`: the newest, and how many before it; nothing: none did.
  struct Due {
    int64_t time_ms = 0;
    int missed = 0;  ///< kMostCounted at most
  };
  static constexpr int kMostCounted = 1000;
  std::optional<Due> due(int64_t after_ms, int64_t now_ms) const;

 private:
  std::optional<int64_t> next_after(int64_t time_ms) const;

  int64_t every_ms_;
  std::optional<CronTimes> cron_;
};

/// Watches a folder for files that have come whole: those whose size and time did not change between two looks, a
/// second apart at least. Hidden files and those that end in ".part" or ".tmp" are still being written.
class NewFiles {
 public:
  explicit NewFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  struct Arrival {
    std::string name;
    int64_t changed_ms = 0;
  };
  /// The files that are whole now and were not told before. A folder that is not there has none.
  std::vector<Arrival> look(int64_t now_ms);

 private:
  struct Seen {
    uintmax_t size = 0;
    int64_t changed_ms = 0;
    int64_t since_ms = 0;  ///< unchanged
    bool told = false;
  };
  std::filesystem::path folder_;
  std::map<std::string, Seen> seen_;
};

}  // namespace veleta
