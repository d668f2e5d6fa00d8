#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/kept_watch.hpp"
#include "data/profile.hpp"
#include "data/schema.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta {

enum class StreamSubject { kColumns, kPredictions, kErrors };

/// A detector that watches what is served.
struct StreamSpec {
  std::string plugin;
  ParamValues params;
  StreamSubject of = StreamSubject::kColumns;
  std::vector<std::string> columns;  ///< numeric inputs of the model; empty: all
};

/// What of a model its series are watched against. All of it outlives the call that takes it.
struct WatchedModel {
  std::string identity;  ///< predictions and errors of another one are other series
  const Schema& inputs;
  const Profile& reference;  ///< of the training window
  Series errors;             ///< as they were on rows that the model had not seen, as far as is known
  Series predictions;        ///< likewise
};

/// What a column's profile tells of it as a series.
Series series_of(const ColumnProfile& column);

/// A watch has found that its series changed.
struct StreamAlarm {
  std::string stream;
  std::string series;
  Signal signal;
  uint64_t seen = 0;  ///< values since the watch began
  int64_t time_ms = 0;
};

/// How a watch stands.
struct WatchStatus {
  std::string stream;
  std::string series;
  std::string plugin;
  StreamSubject of = StreamSubject::kColumns;
  std::string problem;  ///< why the series is not watched; empty: it is
  double run_length = Signal::kNone;
  Signal signal;         ///< after the last value
  uint64_t seen = 0;     ///< values since the watch began
  uint64_t missing = 0;  ///< and what was passed over
  uint64_t alarms = 0;
  std::optional<StreamAlarm> last_alarm;
  uint64_t process_values = 0, process_alarms = 0;  ///< since this monitor was made, whatever model served
};

/// As GET /v1/pipelines/{pipeline}/streams tells it.
json::object to_json(const WatchStatus& status);
/// What an event tells of an alarm.
json::object to_json(const StreamAlarm& alarm);

class Feed;
class WatchMaker;

/// Watches what a model takes in and gives out: one watch for each series of each stream. Rows and errors are taken in
/// order and gathered; the watches look at them when watch() is called. Missing and infinite values are passed over and
/// counted. Not thread-safe.
class Monitor {
 public:
  /// Throws as PluginHost::create_detector does.
  Monitor(const std::vector<StreamSpec>& specs, PluginHost& plugins);
  ~Monitor();

  /// Watches this model from now on. A watch of the same series against the same facts goes on, be it this monitor's or
  /// one that is kept; others begin anew, and the log says so of kept ones. A series that cannot be watched has a
  /// problem in its status. What was taken and not looked at is forgotten: call watch() before.
  void begin(const WatchedModel& model, const std::vector<KeptWatch>& kept);

  /// Watches nothing until the next begin(), which knows nothing of what was watched before.
  void end();

  /// Rows that were served: the values of each of the model's numeric inputs in the schema's order (NaN: missing), or
  /// no columns where none is watched, and the predictions. Throws kInvalidArgument where their numbers do not match.
  void take_rows(std::span<const std::span<const double>> columns, std::span<const double> predictions);
  void take_error(double error);
  /// Lets the watches look at what was taken. The alarms, in each watch's order; of one that fires more often than
  /// kMostTold times in a call no more are told, all are counted.
  std::vector<StreamAlarm> watch(int64_t now_ms);
  static constexpr size_t kMostTold = 10;

  /// In the order of the streams and of their columns.
  std::vector<WatchStatus> status() const;
  /// All watches, or those that have taken values since the last call.
  std::vector<KeptWatch> keep_all();
  std::vector<KeptWatch> keep_changed();

 private:
  Feed& feed_of(const std::string& series, StreamSubject subject);
  std::vector<KeptWatch> keep(bool all);

  std::vector<std::shared_ptr<const WatchMaker>> makers_;
  std::vector<StreamSpec> specs_;
  std::vector<std::unique_ptr<Feed>> feeds_;
  size_t numeric_inputs_ = 0;
};

/// The columns of a model whose values take_rows wants, in its order.
std::vector<std::string> numeric_inputs(const Schema& inputs);

}  // namespace veleta
