#include <algorithm>
#include <array>
#include <cmath>

#include "streams/charted.hpp"

namespace {

using namespace veleta;
using streams::Limits;
using streams::Usual;

struct Settings {
  explicit Settings(const Params& params)
      : run_length(params.number("run_length")),
        confidence(params.number("confidence")),
        reach(params.number("reach")),
        warm_up(params.integer("warm_up")) {}

  double promised_run_length() const { return run_length; }
  /// The limits of the mean fail with the chance 1 - confidence: the promise is kept on average of all.
  double threshold() const { return run_length / confidence; }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.run_length, self.confidence, self.reach, self.warm_up);
  }

  double run_length, confidence, reach;
  int64_t warm_up;
};

/// What is bet on a value, a standard deviation away from the mean: half of them find best what moved by one of them.
constexpr std::array<double, 5> kStakes{0.05, 0.1, 0.2, 0.4, 0.8};
constexpr size_t kBets = 2 * kStakes.size();
/// The most of the capital that any value may cost.
constexpr double kMostAtStake = 0.9;

/// The Shiryaev–Roberts e-detector for the mean of a bounded series, Shin, Ramdas and Rinaldo (2022, arXiv 2203.03532,
/// definitions 2.2 and 2.6): every bet begins anew with each value, and the sums of their capitals are mixed. While the
/// mean is what it was, no bet gains on average; the mixture then has a mean of at most the number of values, so that
/// it takes `run_length` of them on average to get there.
class EDetector {
 public:
  static constexpr const char* kName = "e_detector";
  using Settings = ::Settings;

  bool begin(const Usual& usual, const Settings& settings) {
    const double doubt = 0.5 * (1 - settings.confidence);
    Limits mean = usual.mean_limits(doubt);
    double deviation = usual.deviation;
    usual_mean_ = usual.mean;
    if (usual.is_binary) {
      range_ = {0, 1};
      if (!(deviation > 0))
        deviation = usual.mean == 0 ? std::sqrt(mean.high * (1 - mean.high)) : std::sqrt(mean.low * (1 - mean.low));
    } else {
      range_ = clip(usual, settings.reach, doubt, mean);
    }
    if (!(deviation > 0) || !std::isfinite(range_.high - range_.low)) return false;
    for (size_t i = 0; i < kStakes.size(); ++i) {
      place(i, kStakes[i] / deviation, mean.high, mean.high - range_.low);
      place(i + kStakes.size(), -kStakes[i] / deviation, mean.low, range_.high - mean.low);
    }
    return mean.low <= mean.high;
  }

  SignalLevel take(double value, const Settings& settings) {
    const double clipped = std::clamp(value, range_.low, range_.high);
    double sum = 0;
    for (size_t i = 0; i < kBets; ++i) {
      capitals_[i] = (capitals_[i] + 1) * (offsets_[i] + slopes_[i] * clipped);
      sum += capitals_[i];
    }
    return sum >= settings.threshold() * kBets ? SignalLevel::kAlarm : SignalLevel::kNone;
  }

  void describe(Signal& signal, const Settings& settings) const {
    double up = 0, down = 0;
    for (size_t i = 0; i < kStakes.size(); ++i) up += capitals_[i], down += capitals_[i + kStakes.size()];
    signal.statistic = signal.e_value = (up + down) / kBets;
    signal.threshold = settings.threshold();
    signal.direction = up > down ? 1 : up < down ? -1 : 0;
    signal.before = usual_mean_;
  }

  void restart() { capitals_.fill(0); }

  bool is_sound(bool is_begun, const Settings&) const {
    const auto all = [](const auto& numbers, const auto& holds) { return std::ranges::all_of(numbers, holds); };
    const auto is_finite = [](double number) { return std::isfinite(number); };
    return std::isfinite(usual_mean_) && range_.low <= range_.high && all(offsets_, is_finite) &&
           all(slopes_, is_finite) &&
           all(capitals_, [](double capital) { return capital >= 0 && std::isfinite(capital); }) &&
           (!is_begun || std::isfinite(range_.high - range_.low));
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.usual_mean_, self.range_);
    for (size_t i = 0; i < kBets; ++i) archive(self.offsets_[i], self.slopes_[i], self.capitals_[i]);
  }

 private:
  /// A bet of `stake` for each unit that a value lies above `fair`: 1 + stake (value - fair), which must stay above 0
  /// where the value is `most` on the losing side.
  void place(size_t bet, double stake, double fair, double most) {
    const double bound = most > 0 ? kMostAtStake / most : std::abs(stake);
    const double kept = std::clamp(stake, -bound, bound);
    slopes_[bet] = kept;
    offsets_[bet] = 1 - kept * fair;
  }

  /// Values beyond `reach` standard deviations, or what ever was, are moved there. That moves the mean, by how much at
  /// most `mean` is widened: with z the distance in deviations and c that of the bound, E (z - c)+ <= E z^2 / (4 c) <=
  /// 1 / (4 c); and where none of n values lay beyond, at most sqrt(P(z > c)) <= sqrt(ln(1 / doubt) / n), by Cauchy and
  /// Schwarz.
  static Limits clip(const Usual& usual, double reach, double doubt, Limits& mean) {
    const Limits range{std::max(usual.range.low, usual.mean - reach * usual.deviation),
                       std::min(usual.range.high, usual.mean + reach * usual.deviation)};
    const auto moved = [&](double distance, bool is_extreme) {
      const double by_variance = usual.deviation / (4 * distance) * usual.deviation;
      const double by_chance = usual.deviation * std::sqrt(-std::log(doubt) / usual.rows);
      return is_extreme ? std::min(by_variance, by_chance) : by_variance;
    };
    mean.high += moved(usual.mean - range.low, range.low == usual.range.low);
    mean.low -= moved(range.high - usual.mean, range.high == usual.range.high);
    return range;
  }

  double usual_mean_ = 0;
  Limits range_;
  std::array<double, kBets> offsets_{}, slopes_{}, capitals_{};  ///< for rises, then for falls
};

class EDetectorPlugin final : public streams::DetectorBy<streams::Charted<EDetector>> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(EDetectorPlugin, "e_detector", "1.0.0",
                veleta::number_param("run_length", 1e6, "mean number of values between false alarms, at least")
                    .min(10)
                    .max(1e15)
                    .unit("values"),
                veleta::streams::confidence_param("of the limits that the usual mean is taken to lie in"),
                veleta::number_param("reach", 5, "values farther from the mean are taken to be so far")
                    .min(1)
                    .max(1000)
                    .unit("standard deviations"),
                veleta::streams::warm_up_param())
