#pragma once

#include <cstddef>
#include <vector>

// Alarms of a detector held against the drifts that a series truly has. The measures are those of river's
// drift.evaluate (pull request 2018), by the same names; NaN where they are of nothing.

namespace veleta::drift_tables {

/// Places in a series, counted from 0.
using Places = std::vector<size_t>;

/// Where a series begins to change and where it has changed: the same place where it changes at once.
struct TrueDrift {
  size_t first, last;
};

/// What each alarm was. An alarm between the first value of a drift and `latest` values after its last, both included,
/// found that drift, the earliest of those where there are several; any other is false.
class EvaluatedAlarms {
 public:
  /// Throws Error(kInvalidArgument) where `latest` is 0 or a drift ends before it begins. The alarms are in order.
  EvaluatedAlarms(const Places& alarms, std::vector<TrueDrift> drifts, size_t latest);

  /// Of each drift, the alarms that found it.
  const std::vector<Places>& found() const { return found_; }
  const Places& false_alarms() const { return false_alarms_; }
  /// Values from the first of a drift to the first alarm that found it, of each drift that was found.
  std::vector<size_t> delays() const;

  double precision() const;       ///< share of the alarms that found a drift
  double recall() const;          ///< alarms that found one, of these and the drifts that were missed
  double episode_recall() const;  ///< share of the drifts that were found
  double missed_detection_rate() const { return 1 - episode_recall(); }
  double f1() const;  ///< harmonic mean of precision and episode recall
  double detection_delay() const;
  double normalized_detection_time() const { return detection_delay() / static_cast<double>(latest_); }
  double false_alarm_rate(size_t values) const;  ///< false alarms per value of a series of so many

 private:
  double true_alarms() const;
  double found_drifts() const;

  std::vector<TrueDrift> drifts_;
  size_t latest_;
  std::vector<Places> found_;
  Places false_alarms_;
};

}  // namespace veleta::drift_tables
