#include <cmath>

#include "streams/detector.hpp"
#include "streams/errors.hpp"
#include "streams/running_mean.hpp"

namespace {

using namespace veleta;

struct Settings {
  explicit Settings(const Params& params)
      : warning(params.number("warning")),
        alarm(params.number("alarm")),
        warm_up(params.integer("warm_up")),
        of_sample(params.text("variance") == "sample") {}

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.warning, self.alarm, self.warm_up, self.of_sample);
  }

  double warning, alarm;
  int64_t warm_up;
  bool of_sample;  ///< the variance has errors - 1 in its divisor, as a sample's
};

/// The early drift detection method, Baena-García et al. (2006): errors that come at shorter distances.
class Eddm {
 public:
  static constexpr const char* kName = "eddm";
  using Settings = ::Settings;

  Eddm(const Settings& settings, const Series& series) : settings_(settings) { streams::require_errors(series); }

  SignalLevel take(double value) {
    ++since_error_;
    ++count_;
    if (!streams::is_wrong(value)) return level();
    distances_.add(static_cast<double>(since_error_));
    since_error_ = 0;
    if (count_ >= settings_.warm_up) judge();
    return level();
  }

  void describe(Signal& signal) const {
    if (!(greatest_ > 0)) return;
    signal.statistic = share_;
    signal.threshold = settings_.alarm;
    signal.direction = signal.level == SignalLevel::kNone ? 0 : 1;
    signal.now = 1 / distances_.mean.mean;
  }

  void restart() {
    count_ = since_error_ = 0;
    distances_ = {};
    greatest_ = 0;
    share_ = 1;
  }

  bool is_sound() const {
    return streams::is_count(count_) && streams::is_count(since_error_) && distances_.is_sound() && greatest_ >= 0 &&
           share_ >= 0;
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.count_, self.since_error_, self.distances_, self.greatest_, self.share_);
  }

 private:
  /// Mean distance and two standard deviations, as a share of the greatest that they ever were.
  void judge() {
    const auto errors = static_cast<double>(distances_.mean.count);
    const double variance = settings_.of_sample ? distances_.variance() : distances_.squares / errors;
    const double span = distances_.mean.mean + 2 * std::sqrt(variance);
    if (span > greatest_)
      greatest_ = span, share_ = 1;
    else if (distances_.mean.count >= settings_.warm_up)
      share_ = span / greatest_;
  }

  SignalLevel level() const {
    if (share_ < settings_.alarm) return SignalLevel::kAlarm;
    return share_ < settings_.warning ? SignalLevel::kWarning : SignalLevel::kNone;
  }

  Settings settings_;
  int64_t count_ = 0, since_error_ = 0;
  streams::RunningVariance distances_;
  double greatest_ = 0, share_ = 1;
};

class EddmDetector final : public streams::DetectorBy<Eddm> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    EddmDetector, "eddm", "1.0.0",
    veleta::number_param("warning", 0.95, "share of the greatest distance between errors that warns").min(0).max(1),
    veleta::number_param("alarm", 0.9, "share of the greatest distance between errors that alarms").min(0).max(1),
    veleta::integer_param("warm_up", 30, "judges nothing in the first so many values, and so many errors")
        .min(1)
        .max(1e9),
    veleta::text_param("variance", "sample", "divisor of the distances' variance: errors - 1 or errors")
        .choices({"sample", "population"}))
