#include <algorithm>
#include <cmath>
#include <limits>

#include "streams/confidence.hpp"
#include "streams/detector.hpp"
#include "streams/errors.hpp"

namespace {

using namespace veleta;

struct Settings {
  explicit Settings(const Params& params)
      : alarm_confidence(params.number("alarm_confidence")),
        warning_confidence(params.number("warning_confidence")),
        lambda(params.number("lambda")),
        both(params.text("direction") == "both"),
        alarm_evidence(std::log(1 / alarm_confidence)),
        warning_evidence(std::log(1 / warning_confidence)) {}

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.alarm_confidence, self.warning_confidence, self.lambda, self.both);
  }

  double alarm_confidence, warning_confidence, lambda;
  bool both;
  double alarm_evidence, warning_evidence;  ///< -log of the chances
};

/// An exponentially weighted mean with the sum of its squared weights.
struct WeightedMean {
  double mean = 0, squared_weights = 1;
  bool is_empty = true;

  void add(double value, double lambda) {
    mean = is_empty ? value : mean + lambda * (value - mean);
    squared_weights = lambda * lambda + (1 - lambda) * (1 - lambda) * squared_weights;
    is_empty = false;
  }

  bool is_sound() const { return std::isfinite(mean) && squared_weights >= 0 && squared_weights <= 1; }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.mean, self.squared_weights, self.is_empty);
  }
};

/// McDiarmid's bound of weighted means in [0, 1].
double bound(double squared_weights, double evidence) { return std::sqrt(squared_weights * evidence / 2); }

/// The weighted mean up to the cut at which its bound was least, and that of the values since.
struct Side {
  double least = std::numeric_limits<double>::infinity();
  WeightedMean before, since;

  void add(double value, const WeightedMean& all, const Settings& settings) {
    const double upper = all.mean + bound(all.squared_weights, settings.alarm_evidence);
    if (upper < least)
      least = upper, before = all, since = {};
    else
      since.add(value, settings.lambda);
  }

  double step() const { return since.is_empty ? 0 : since.mean - before.mean; }
  double threshold(double evidence) const { return bound(before.squared_weights + since.squared_weights, evidence); }

  SignalLevel level(const Settings& settings) const {
    if (!(step() > 0)) return SignalLevel::kNone;
    if (step() > threshold(settings.alarm_evidence)) return SignalLevel::kAlarm;
    return step() > threshold(settings.warning_evidence) ? SignalLevel::kWarning : SignalLevel::kNone;
  }

  bool is_sound() const { return before.is_sound() && since.is_sound(); }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.least, self.before, self.since);
  }
};

/// HDDM with weighted averages, Frías-Blanco et al. (2015). The second side watches 1 - value, so that it sees falls.
class HddmW {
 public:
  static constexpr const char* kName = "hddm_w";
  using Settings = ::Settings;

  HddmW(const Settings& settings, const Series& series) : settings_(settings) {
    streams::require_unit_interval(series);
  }

  SignalLevel take(double value) {
    const double clipped = streams::clipped_to_unit(value);
    all_.add(clipped, settings_.lambda);
    rise_.add(clipped, all_, settings_);
    const SignalLevel up = rise_.level(settings_);
    if (!settings_.both) return up;
    fall_.add(1 - clipped, {1 - all_.mean, all_.squared_weights, false}, settings_);
    return std::max(up, fall_.level(settings_));
  }

  void describe(Signal& signal) const {
    const bool is_rise = !settings_.both || rise_.step() >= fall_.step();
    const Side& side = is_rise ? rise_ : fall_;
    if (side.since.is_empty) return;
    signal.statistic = side.step();
    signal.threshold = side.threshold(settings_.alarm_evidence);
    signal.direction = !(side.step() > 0) ? 0 : is_rise ? 1 : -1;
    signal.before = is_rise ? side.before.mean : 1 - side.before.mean;
    signal.now = is_rise ? side.since.mean : 1 - side.since.mean;
  }

  void restart() {
    all_ = {};
    rise_ = fall_ = {};
  }

  bool is_sound() const { return all_.is_sound() && rise_.is_sound() && fall_.is_sound(); }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.all_, self.rise_, self.fall_);
  }

 private:
  Settings settings_;
  WeightedMean all_;
  Side rise_, fall_;
};

class HddmWDetector final : public streams::DetectorBy<HddmW> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(HddmWDetector, "hddm_w", "1.0.0", veleta::streams::alarm_confidence_param(),
                veleta::streams::warning_confidence_param(),
                veleta::number_param("lambda", 0.05, "weight of the newest value").min(1e-9).max(1),
                veleta::streams::up_or_both_param())
