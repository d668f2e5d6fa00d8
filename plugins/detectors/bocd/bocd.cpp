#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "run_lengths.hpp"
#include "streams/charted.hpp"
#include "streams/numbers.hpp"

namespace {

using namespace veleta;
using bocd::Level;
using bocd::RunLengths;
using streams::Usual;

constexpr double kFar = std::numeric_limits<double>::max();
constexpr double kLeftOut = std::numeric_limits<double>::quiet_NaN();

struct Settings {
  explicit Settings(const Params& params)
      : run_length(params.number("run_length")),
        hazard(params.number("hazard")),
        spread(params.number("spread")),
        mean(params.number("mean")),
        deviation(params.number("deviation")),
        confidence(params.number("confidence")),
        runs(params.integer("runs")),
        warm_up(params.integer("warm_up")),
        is_likeliest(params.text("rule") == "likeliest") {
    if (std::isnan(mean) != std::isnan(deviation))
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{}: expected beside {}, or both left out; found none",
                              std::isnan(mean) ? "mean" : "deviation", std::isnan(mean) ? "deviation" : "mean"));
    // README.md says why: the mean run length is at least ln 2 over the rate.
    used_hazard = has_hazard() ? hazard : -std::expm1(-std::log(2) * confidence / run_length);
  }

  bool has_hazard() const { return !std::isnan(hazard); }
  bool has_level() const { return !std::isnan(mean); }
  double promised_run_length() const { return has_hazard() || is_likeliest ? Signal::kNone : run_length; }

  /// What is known of the series, where the parameters tell it.
  Series told(const Series& series) const {
    return has_level() ? Series{2, mean, deviation, -kFar, kFar, false} : series;
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.run_length, self.hazard, self.spread, self.mean, self.deviation, self.confidence, self.runs,
            self.warm_up, self.is_likeliest);
  }

  double run_length, hazard, spread, mean, deviation, confidence;
  int64_t runs, warm_up;
  bool is_likeliest;
  double used_hazard;
};

/// Bayesian online change-point detection, Adams and MacKay (2007): of normal values with a known deviation, or of such
/// that are 0 or 1.
class Bocd {
 public:
  static constexpr const char* kName = "bocd";
  using Settings = ::Settings;

  bool begin(const Usual& usual, const Settings& settings) {
    mean_ = usual.mean;
    is_binary_ = usual.is_binary;
    deviation_ = settings.has_level() ? usual.deviation : usual.deviation_limit(1 - settings.confidence);
    if (!is_binary_ && (!(deviation_ > 0) || !std::isfinite(deviation_))) return false;
    first_ = first(usual, settings);
    restart();
    return true;
  }

  SignalLevel take(double value, const Settings& settings) {
    const auto most = static_cast<size_t>(settings.runs);
    const auto joined = settings.is_likeliest ? RunLengths::Joined::kLikelier : RunLengths::Joined::kSum;
    if (is_binary_) {
      runs_.take<bocd::Binary>(std::clamp(value, 0.0, 1.0), settings.used_hazard, fresh(settings), most, joined);
    } else {
      const double distance = streams::within_reach((value - mean_) / deviation_);
      runs_.take<bocd::Normal>(distance, settings.used_hazard, fresh(settings), most, joined);
    }
    return log_odds(settings) >= 0 ? SignalLevel::kAlarm : SignalLevel::kNone;
  }

  void describe(Signal& signal, const Settings& settings) const {
    signal.threshold = 1;
    signal.before = mean_;
    if (!runs_.has_changes()) return;
    signal.statistic = std::exp(std::min(log_odds(settings), 700.0));
    const double changed = runs_.changed_mean();
    signal.now = is_binary_ ? changed : std::clamp(mean_ + changed * deviation_, -kFar, kFar);
    signal.direction = signal.now > signal.before ? 1 : signal.now < signal.before ? -1 : 0;
  }

  void restart() { runs_.begin(first_); }

  bool is_sound(bool is_begun, const Settings& settings) const {
    if (!is_begun) return true;
    const double least = is_binary_ ? std::numeric_limits<double>::min() : -streams::kReach;
    const double greatest = is_binary_ ? 1 - 0x1p-53 : streams::kReach;
    return std::isfinite(mean_) && (is_binary_ || (deviation_ > 0 && std::isfinite(deviation_))) &&
           first_.is_sound(least, greatest) && runs_.is_sound(least, greatest, static_cast<size_t>(settings.runs));
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.mean_, self.deviation_, self.is_binary_, self.first_, self.runs_);
  }

 private:
  /// The level before any change: by the reference, and for a share by Jeffreys's prior before that.
  Level first(const Usual& usual, const Settings& settings) const {
    if (settings.has_level()) return fresh(settings);
    const double rows = std::min(usual.rows, 1e12);
    return is_binary_ ? Level{rows + 1, (rows * usual.mean + 0.5) / (rows + 1)} : Level{rows, 0};
  }

  Level fresh(const Settings& settings) const {
    return is_binary_ ? Level{1, 0.5} : Level{1 / (settings.spread * settings.spread), 0};
  }

  double log_odds(const Settings& settings) const {
    return settings.is_likeliest ? runs_.likeliest_log_odds() : runs_.log_odds();
  }

  double mean_ = 0, deviation_ = 0;
  bool is_binary_ = false;
  Level first_;
  RunLengths runs_;
};

class BocdWatch : public streams::Charted<Bocd> {
 public:
  BocdWatch(const Settings& settings, const Series& series) : Charted(settings, settings.told(series)) {}
};

class BocdDetector final : public streams::DetectorBy<BocdWatch> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    BocdDetector, "bocd", "1.0.0",
    veleta::number_param("run_length", 1e6,
                         "mean number of values between false alarms, at least, where hazard is left out")
        .min(10)
        .max(1e15)
        .unit("values"),
    veleta::number_param("hazard", kLeftOut, "chance of a change before any value; left out, run_length sets it")
        .min(1e-15)
        .max(0.5),
    veleta::text_param("rule", "changed",
                       "alarms where a change, whenever it was, or the likeliest one alone, is likelier than none")
        .choices({"changed", "likeliest"}),
    veleta::number_param("spread", 1, "of the levels that a series may change to, around the usual mean")
        .min(0.01)
        .max(100)
        .unit("standard deviations"),
    veleta::number_param("mean", kLeftOut, "the usual mean; left out, the host or the first values tell"),
    veleta::number_param("deviation", kLeftOut, "the standard deviation around any level; left out, as mean")
        .min(1e-300),
    veleta::integer_param("runs", 64, "times of a change that are told apart").min(4).max(100000),
    veleta::streams::confidence_param("of the limit that the standard deviation is taken to lie below"),
    veleta::streams::warm_up_param())
