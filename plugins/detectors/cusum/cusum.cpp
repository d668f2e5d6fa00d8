#include <algorithm>
#include <cmath>
#include <limits>

#include "run_length.hpp"
#include "streams/charted.hpp"
#include "streams/numbers.hpp"

namespace {

using namespace veleta;
using streams::Limits;
using streams::Usual;

struct Settings {
  explicit Settings(const Params& params)
      : k(params.number("k")),
        h(params.number("h")),
        run_length(params.number("run_length")),
        confidence(params.number("confidence")),
        warm_up(params.integer("warm_up")),
        up(params.text("direction") != "down"),
        down(params.text("direction") != "up") {}

  bool has_h() const { return !std::isnan(h); }
  double promised_run_length() const { return has_h() ? Signal::kNone : run_length; }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.k, self.h, self.run_length, self.confidence, self.warm_up, self.up, self.down);
  }

  double k, h, run_length, confidence;
  int64_t warm_up;
  bool up, down;
};

/// How much longer than promised the run is made where values are taken to be normal: they seldom quite are.
constexpr double kSpare = 1.5;

/// The tabular CUSUM, Page (1954), of values in standard deviations from the mean.
class Cusum {
 public:
  static constexpr const char* kName = "cusum";
  using Settings = ::Settings;

  bool begin(const Usual& usual, const Settings& settings) {
    mean_ = usual.mean;
    // An error rate of 0 has no spread yet: that of the most it may be stands for it.
    const double share = usual.is_binary ? std::max(usual.mean, usual.mean_limits(0.025).high * (usual.mean == 0)) : 0;
    deviation_ = usual.deviation > 0 ? usual.deviation : std::sqrt(share * (1 - share));
    if (!(deviation_ > 0)) return false;
    h_ = settings.has_h() ? Limits{settings.h, settings.h} : promised(usual, settings);
    return std::isfinite(h_.low) && std::isfinite(h_.high);
  }

  SignalLevel take(double value, const Settings& settings) {
    const double distance = streams::within_reach((value - mean_) / deviation_);
    rise_ = streams::positive_part(rise_ + distance - settings.k);
    fall_ = streams::positive_part(fall_ - distance - settings.k);
    const bool is_far = (settings.up && rise_ > h_.high) || (settings.down && fall_ > h_.low);
    return is_far ? SignalLevel::kAlarm : SignalLevel::kNone;
  }

  void describe(Signal& signal, const Settings& settings) const {
    const bool is_rise = settings.up && (!settings.down || rise_ / h_.high >= fall_ / h_.low);
    signal.statistic = is_rise ? rise_ : fall_;
    signal.threshold = is_rise ? h_.high : h_.low;
    signal.direction = !(signal.statistic > 0) ? 0 : is_rise ? 1 : -1;
    signal.before = mean_;
  }

  void restart() { rise_ = fall_ = 0; }

  bool is_sound(bool is_begun, const Settings&) const {
    return std::isfinite(mean_) && rise_ >= 0 && fall_ >= 0 &&
           (!is_begun || (std::isfinite(deviation_) && deviation_ > 0 && h_.low > 0 && h_.high > 0));
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.mean_, self.deviation_, self.h_, self.rise_, self.fall_);
  }

 private:
  /// The thresholds of a fall and of a rise that the run length follows from, whatever the mean and the deviation are
  /// within their limits. Those fail with the chance 1 - confidence, so the length is promised in the mean of all.
  Limits promised(const Usual& usual, const Settings& settings) const {
    const double length = settings.run_length / settings.confidence * (settings.up && settings.down ? 2 : 1);
    const double chance = 1 - settings.confidence;
    if (usual.is_binary) {
      const Limits share = usual.mean_limits(chance / 2);
      const auto h = [&](double wrong_share, double sign) {
        const double up = sign * (1 - mean_) / deviation_, down = sign * -mean_ / deviation_;
        return cusum::threshold_of_two_values(up - settings.k, wrong_share, down - settings.k, length);
      };
      return {h(share.low, -1), h(share.high, 1)};
    }
    const Limits mean = usual.mean_limits(chance / 3);
    const double stretch = usual.deviation_limit(chance / 3) / deviation_;
    const auto h = [&](double doubt) {
      return cusum::threshold_of_normal(settings.k - doubt / deviation_, stretch, kSpare * length);
    };
    return {h(mean_ - mean.low), h(mean.high - mean_)};
  }

  double mean_ = 0, deviation_ = 0;
  Limits h_;
  double rise_ = 0, fall_ = 0;
};

class CusumDetector final : public streams::DetectorBy<streams::Charted<Cusum>> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    CusumDetector, "cusum", "1.0.0",
    veleta::number_param("k", 0.25, "deviation that does not count; half the shift that is to be found")
        .min(0.01)
        .max(10)
        .unit("standard deviations"),
    veleta::number_param("h", std::numeric_limits<double>::quiet_NaN(),
                         "sum of deviations that alarms; left out, run_length sets it")
        .min(1e-6)
        .unit("standard deviations"),
    veleta::number_param("run_length", 1e6, "mean number of values between false alarms, at least, where h is left out")
        .min(10)
        .max(1e15)
        .unit("values"),
    veleta::streams::confidence_param("of the limits that the mean and the standard deviation are taken to lie in"),
    veleta::streams::warm_up_param(),
    veleta::text_param("direction", "both", "which way a change must go").choices({"both", "up", "down"}))
