#include <algorithm>
#include <cmath>
#include <string>

#include "streams/detector.hpp"
#include "streams/errors.hpp"
#include "streams/numbers.hpp"
#include "streams/running_mean.hpp"

namespace {

using namespace veleta;

enum class Variant : uint8_t { kClamped, kMinmax, kPlain };

Variant variant_of(const std::string& name) {
  return name == "clamped" ? Variant::kClamped : name == "plain" ? Variant::kPlain : Variant::kMinmax;
}

struct Settings {
  explicit Settings(const Params& params)
      : variant(static_cast<uint8_t>(variant_of(params.text("variant")))),
        up(params.text("direction") != "down"),
        down(params.text("direction") != "up"),
        delta(params.number("delta")),
        threshold(params.number("threshold")),
        alpha(params.number("alpha")),
        min_values(params.integer("min_values")) {}

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.variant, self.up, self.down, self.delta, self.threshold, self.alpha, self.min_values);
  }

  uint8_t variant;
  bool up, down;
  double delta, threshold, alpha;
  int64_t min_values;
};

/// The sum of deviations to one side.
struct Side {
  double sum = 0, least = 0;

  template <Variant kVariant>
  double add(double deviation, const Settings& settings) {
    sum = settings.alpha * sum + (deviation - settings.delta);
    if constexpr (kVariant == Variant::kClamped) sum = streams::positive_part(sum);
    if constexpr (kVariant == Variant::kMinmax) least = std::min(least, sum);
    return sum - least;
  }

  bool is_sound() const { return std::isfinite(sum) && std::isfinite(least); }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.sum, self.least);
  }
};

/// The test of Page (1954) and Hinkley (1971) against the running mean.
class PageHinkley {
 public:
  static constexpr const char* kName = "page_hinkley";
  using Settings = ::Settings;

  PageHinkley(const Settings& settings, const Series& series) : settings_(settings) {
    if (!streams::is_binary(series) && streams::is_described(series) && series.standard_deviation > 0)
      per_unit_ = 1 / series.standard_deviation;
  }

  SignalLevel take(double value) {
    switch (static_cast<Variant>(settings_.variant)) {
      case Variant::kClamped: return take_by<Variant::kClamped>(value);
      case Variant::kPlain: return take_by<Variant::kPlain>(value);
      default: return take_by<Variant::kMinmax>(value);
    }
  }

  void describe(Signal& signal) const {
    if (mean_.count == 0) return;
    signal.statistic = std::max(settings_.up ? rise() : fall(), settings_.down ? fall() : rise());
    signal.threshold = settings_.threshold;
    signal.direction = !settings_.down ? 1 : !settings_.up ? -1 : rise() > fall() ? 1 : rise() < fall() ? -1 : 0;
    signal.before = mean_.mean;
  }

  void restart() {
    mean_ = {};
    up_ = down_ = {};
  }

  bool is_sound() const {
    return mean_.is_sound() && std::isfinite(per_unit_) && per_unit_ > 0 && up_.is_sound() && down_.is_sound();
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.per_unit_, self.mean_, self.up_, self.down_);
  }

 private:
  template <Variant kVariant>
  SignalLevel take_by(double value) {
    mean_.add(value);
    const double deviation = streams::within_reach((value - mean_.mean) * per_unit_);
    const double rise = up_.add<kVariant>(deviation, settings_), fall = down_.add<kVariant>(-deviation, settings_);
    const bool is_far = (settings_.up && rise > settings_.threshold) || (settings_.down && fall > settings_.threshold);
    return is_far && mean_.count >= settings_.min_values ? SignalLevel::kAlarm : SignalLevel::kNone;
  }

  double rise() const { return up_.sum - up_.least; }
  double fall() const { return down_.sum - down_.least; }

  Settings settings_;
  double per_unit_ = 1;  ///< deviations count in standard deviations where the host knows the series'
  streams::RunningMean mean_;
  Side up_, down_;
};

class PageHinkleyDetector final : public streams::DetectorBy<PageHinkley> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    PageHinkleyDetector, "page_hinkley", "1.0.0",
    veleta::text_param("variant", "minmax",
                       "what the sum of deviations is held against: its own extremes, 0, or nothing")
        .choices({"minmax", "clamped", "plain"}),
    veleta::text_param("direction", "both", "which way a change must go").choices({"both", "up", "down"}),
    veleta::number_param("delta", 0.005,
                         "deviation that does not count, in standard deviations where the host knows the series'")
        .min(0),
    veleta::number_param("threshold", 50, "sum of deviations that alarms").min(0),
    veleta::number_param("alpha", 0.9999, "what is left of the sum after each value: 1 forgets nothing").min(0).max(1),
    veleta::integer_param("min_values", 30, "gives no alarm before so many values").min(1).max(1e9).unit("values"))
