#pragma once

#include <map>
#include <memory>
#include <string>

#include "known_pipelines.hpp"
#include "schedule.hpp"

namespace veleta {

/// Submits runs as the pipelines' schedules say. Several runners of a pipeline submit each run once: its id is made of
/// the time it was due, or of the file. Not thread-safe.
class Scheduler {
 public:
  explicit Scheduler(RunQueue& queue) : queue_(queue) {}
  /// True: something was submitted.
  bool tick(const std::map<std::string, KnownPipelines::Known>& pipelines, int64_t now_ms);

 private:
  struct Followed {
    std::string text;  ///< of the schedule followed: another begins anew
    DueTimes times;
    std::unique_ptr<NewFiles> files;
    int64_t last_due_ms = 0;
  };

  Followed follow(const KnownPipelines::Known& pipeline, int64_t now_ms);
  bool submit_due(const std::string& pipeline, Followed& followed, int64_t now_ms);
  bool submit_files(const std::string& pipeline, Followed& followed, int64_t now_ms);
  bool submit(const std::string& pipeline, const std::string& id);
  void tell_missed(const std::string& pipeline, int count, const std::string& why);

  RunQueue& queue_;
  std::map<std::string, Followed> followed_;
};

}  // namespace veleta
