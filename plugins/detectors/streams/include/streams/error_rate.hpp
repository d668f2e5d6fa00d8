#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <veleta/series.hpp>

#include "streams/running_mean.hpp"

// The error rate so far against the best it ever was: what DDM and RDDM watch.

namespace veleta::streams {

/// Standard deviations above the best error rate.
struct ErrorLevels {
  double warning, alarm;

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.warning, self.alarm);
  }
};

class ErrorRate {
 public:
  void add(bool is_wrong) { mean_.add(is_wrong ? 1.0 : 0.0); }
  int64_t count() const { return mean_.count; }
  double rate() const { return mean_.mean; }
  /// Of the rate, as of a share of independent errors.
  double deviation() const { return std::sqrt(rate() * (1 - rate()) / static_cast<double>(count())); }
  bool is_sound() const { return mean_.is_sound() && rate() >= 0 && rate() <= 1; }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.mean_);
  }

 private:
  RunningMean mean_;
};

/// The error rate when rate + deviation was least.
class BestErrorRate {
 public:
  void lower_to(const ErrorRate& now) {
    const double deviation = now.deviation();
    if (now.rate() + deviation <= rate_ + deviation_) rate_ = now.rate(), deviation_ = deviation;
  }

  SignalLevel level(const ErrorRate& now, const ErrorLevels& levels) const {
    const double upper = now.rate() + now.deviation();
    if (upper > rate_ + levels.alarm * deviation_) return SignalLevel::kAlarm;
    return upper > rate_ + levels.warning * deviation_ ? SignalLevel::kWarning : SignalLevel::kNone;
  }

  void describe(const ErrorRate& now, const ErrorLevels& levels, Signal& signal) const {
    if (!std::isfinite(rate_)) return;
    signal.statistic = now.rate() + now.deviation();
    signal.threshold = rate_ + levels.alarm * deviation_;
    signal.direction = signal.level == SignalLevel::kNone ? 0 : 1;
    signal.before = rate_;
    signal.now = now.rate();
  }

  bool is_sound() const { return rate_ >= 0 && deviation_ >= 0; }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.rate_, self.deviation_);
  }

 private:
  double rate_ = std::numeric_limits<double>::infinity(), deviation_ = std::numeric_limits<double>::infinity();
};

}  // namespace veleta::streams
