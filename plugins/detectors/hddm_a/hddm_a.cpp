#include <algorithm>
#include <cmath>

#include "streams/confidence.hpp"
#include "streams/detector.hpp"
#include "streams/errors.hpp"
#include "streams/running_mean.hpp"

namespace {

using namespace veleta;

struct Settings {
  explicit Settings(const Params& params)
      : alarm_confidence(params.number("alarm_confidence")),
        warning_confidence(params.number("warning_confidence")),
        both(params.text("direction") == "both"),
        alarm_evidence(std::log(2 / alarm_confidence)),
        warning_evidence(std::log(2 / warning_confidence)),
        margin_evidence(std::log(1 / alarm_confidence)) {}

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.alarm_confidence, self.warning_confidence, self.both);
  }

  double alarm_confidence, warning_confidence;
  bool both;
  double alarm_evidence, warning_evidence, margin_evidence;
};

/// HDDM with averages, Frías-Blanco et al. (2015): all values so far against those up to the cut at which Hoeffding's
/// bound of their mean was best.
class HddmA {
 public:
  static constexpr const char* kName = "hddm_a";
  using Settings = ::Settings;

  HddmA(const Settings& settings, const Series& series) : settings_(settings) {
    streams::require_unit_interval(series);
  }

  SignalLevel take(double value) {
    all_.add(streams::clipped_to_unit(value));
    if (lowest_.count == 0) lowest_ = highest_ = all_;
    if (upper(lowest_) >= upper(all_)) lowest_ = all_;
    if (lower(highest_) <= lower(all_)) highest_ = all_;
    const SignalLevel up = level(lowest_, rise());
    return settings_.both ? std::max(up, level(highest_, fall())) : up;
  }

  void describe(Signal& signal) const {
    const bool is_rise = !settings_.both || rise() >= fall();
    const Mean& cut = is_rise ? lowest_ : highest_;
    if (cut.count == all_.count) return;
    const auto first = static_cast<double>(cut.count), count = static_cast<double>(all_.count);
    signal.statistic = is_rise ? rise() : fall();
    signal.threshold = bound(cut, settings_.alarm_evidence);
    signal.direction = !(signal.statistic > 0) ? 0 : is_rise ? 1 : -1;
    signal.before = cut.mean;
    signal.now = (all_.mean * count - cut.mean * first) / (count - first);
  }

  void restart() { all_ = lowest_ = highest_ = {}; }

  bool is_sound() const {
    return all_.is_sound() && lowest_.is_sound() && highest_.is_sound() &&
           std::max(lowest_.count, highest_.count) <= all_.count;
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.all_, self.lowest_, self.highest_);
  }

 private:
  using Mean = streams::RunningMean;

  double margin(const Mean& mean) const {
    return std::sqrt(settings_.margin_evidence / (2 * static_cast<double>(mean.count)));
  }
  double upper(const Mean& mean) const { return mean.mean + margin(mean); }
  double lower(const Mean& mean) const { return mean.mean - margin(mean); }

  double rise() const { return all_.mean - lowest_.mean; }
  double fall() const { return highest_.mean - all_.mean; }

  /// What the mean of all may differ by from that of the values up to the cut, but for the chance that the evidence is
  /// the logarithm of.
  double bound(const Mean& cut, double evidence) const {
    const auto first = static_cast<double>(cut.count), count = static_cast<double>(all_.count);
    return std::sqrt((count - first) / (first * count) / 2 * evidence);
  }

  SignalLevel level(const Mean& cut, double step) const {
    if (cut.count == all_.count || !(step > 0)) return SignalLevel::kNone;
    if (step >= bound(cut, settings_.alarm_evidence)) return SignalLevel::kAlarm;
    return step >= bound(cut, settings_.warning_evidence) ? SignalLevel::kWarning : SignalLevel::kNone;
  }

  Settings settings_;
  Mean all_, lowest_, highest_;
};

class HddmADetector final : public streams::DetectorBy<HddmA> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(HddmADetector, "hddm_a", "1.0.0", veleta::streams::alarm_confidence_param(),
                veleta::streams::warning_confidence_param(), veleta::streams::up_or_both_param())
