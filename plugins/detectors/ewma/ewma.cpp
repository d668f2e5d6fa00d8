#include <algorithm>
#include <cmath>
#include <limits>

#include "run_length.hpp"
#include "streams/charted.hpp"

namespace {

using namespace veleta;
using streams::Limits;
using streams::Usual;

/// How much longer than promised the run is made where values are taken to be normal: they seldom quite are.
constexpr double kSpare = 1.5;

struct Settings {
  explicit Settings(const Params& params)
      : lambda(params.number("lambda")),
        limit(params.number("limit")),
        run_length(params.number("run_length")),
        confidence(params.number("confidence")),
        warm_up(params.integer("warm_up")) {
    normal_limit = has_limit() ? limit : ewma::normal_limit(lambda, kSpare * length());
  }

  bool has_limit() const { return !std::isnan(limit); }
  double promised_run_length() const { return has_limit() ? Signal::kNone : run_length; }
  /// The limits of mean and deviation fail with the chance 1 - confidence: so long is right on average of all.
  double length() const { return run_length / confidence; }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.lambda, self.limit, self.run_length, self.confidence, self.warm_up);
  }

  double lambda, limit, run_length, confidence;
  int64_t warm_up;
  double normal_limit;  ///< in the average's standard deviations
};

/// The exponentially weighted moving average, Roberts (1959), against fixed limits.
class Ewma {
 public:
  static constexpr const char* kName = "ewma";
  using Settings = ::Settings;

  bool begin(const Usual& usual, const Settings& settings) {
    average_ = mean_ = usual.mean;
    margins_ = margins(usual, settings);
    return margins_.low > 0 && margins_.high > 0;
  }

  SignalLevel take(double value, const Settings& settings) {
    average_ = (1 - settings.lambda) * average_ + settings.lambda * value;
    const double distance = average_ - mean_;
    return distance > margins_.high || -distance > margins_.low ? SignalLevel::kAlarm : SignalLevel::kNone;
  }

  void describe(Signal& signal, const Settings&) const {
    const double distance = average_ - mean_;
    signal.statistic = std::abs(distance);
    signal.threshold = distance >= 0 ? margins_.high : margins_.low;
    signal.direction = distance > 0 ? 1 : distance < 0 ? -1 : 0;
    signal.before = mean_;
    signal.now = average_;
  }

  void restart() { average_ = mean_; }

  bool is_sound(bool is_begun, const Settings&) const {
    return std::isfinite(mean_) && std::isfinite(average_) && (!is_begun || (margins_.low > 0 && margins_.high > 0));
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.mean_, self.average_, self.margins_);
  }

 private:
  /// How far below and above the mean the average may go, whatever the true mean and deviation are within their limits.
  static Limits margins(const Usual& usual, const Settings& settings) {
    const double lambda = settings.lambda, scale = std::sqrt(lambda / (2 - lambda));
    if (settings.has_limit()) {
      const double margin = settings.limit * usual.deviation * scale;
      return {margin, margin};
    }
    const double doubt = 1 - settings.confidence;
    if (usual.is_binary) {
      // If the average is out with chance q at any one time, the mean run length is at least 1 / (2 q); q has two
      // sides.
      const Limits share = usual.mean_limits(doubt / 2);
      const double chance = 0.25 / settings.length();
      return {usual.mean - share.low + ewma::binary_margin(lambda, 1 - share.low, chance),
              share.high - usual.mean + ewma::binary_margin(lambda, share.high, chance)};
    }
    const Limits mean = usual.mean_limits(doubt / 3);
    const double margin = settings.normal_limit * usual.deviation_limit(doubt / 3) * scale;
    return {usual.mean - mean.low + margin, mean.high - usual.mean + margin};
  }

  double mean_ = 0, average_ = 0;
  Limits margins_;
};

class EwmaDetector final : public streams::DetectorBy<streams::Charted<Ewma>> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    EwmaDetector, "ewma", "1.0.0",
    veleta::number_param("lambda", 0.02, "weight of the newest value: smaller finds smaller shifts, later")
        .min(0.005)
        .max(1),
    veleta::number_param("limit", std::numeric_limits<double>::quiet_NaN(),
                         "distance of the average from the mean that alarms; left out, run_length sets it")
        .min(1e-6)
        .unit("standard deviations of the average"),
    veleta::number_param("run_length", 1e6,
                         "mean number of values between false alarms, at least, where limit is left out")
        .min(10)
        .max(1e9)
        .unit("values"),
    veleta::streams::confidence_param("of the limits that the mean and the standard deviation are taken to lie in"),
    veleta::streams::warm_up_param())
