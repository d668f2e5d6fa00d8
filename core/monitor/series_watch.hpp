#pragma once

#include <memory>
#include <string>
#include <vector>

#include "monitor/monitor.hpp"

namespace veleta {

/// A stream: a detector with its parameters, which makes the watches of the stream's series.
class WatchMaker {
 public:
  WatchMaker(std::string stream, const StreamSpec& spec, PluginHost& plugins);

  const std::string stream, plugin;
  const StreamSubject of;
  const std::string maker;  ///< as KeptWatch has it
  const std::shared_ptr<DetectorHandle> detector;
  const double run_length;
};

/// One series under the watch of one stream.
class SeriesWatch {
 public:
  SeriesWatch(std::shared_ptr<const WatchMaker> maker, std::string series, std::string basis);

  void begin(const Series& facts);
  /// Goes on from what was kept of this stream and series; begins anew, and says so in the log, where it cannot.
  void go_on(const KeptWatch& kept, const Series& facts);
  void cannot(std::string problem) { status_.problem = std::move(problem); }
  /// What this process has counted under another model.
  void add_counts_of(const SeriesWatch& before);
  bool is(const std::string& stream, const std::string& series) const {
    return status_.stream == stream && status_.series == series;
  }
  bool watches_against(const std::string& basis) const { return basis == basis_ && watch_; }

  /// Finite values in order, and how many were passed over meanwhile.
  void take(std::span<const double> values, uint64_t missing, int64_t now_ms, std::vector<StreamAlarm>& alarms);
  const WatchStatus& status() const { return status_; }
  bool has_changed() const { return has_changed_; }
  /// A watch whose state the plugin does not give watches no more.
  KeptWatch keep();

 private:
  void note_alarm(int64_t now_ms, std::vector<StreamAlarm>& alarms);
  void give_up(const Error& error);

  std::shared_ptr<const WatchMaker> maker_;
  std::string basis_;
  std::unique_ptr<WatchHandle> watch_;
  WatchStatus status_;
  size_t told_ = 0;  ///< in this call of take
  bool has_changed_ = true;
};

}  // namespace veleta
