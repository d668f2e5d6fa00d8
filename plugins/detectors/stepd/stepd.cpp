#include <algorithm>
#include <cmath>

#include "statistics/tails.hpp"
#include "streams/bits.hpp"
#include "streams/detector.hpp"
#include "streams/errors.hpp"
#include "streams/running_mean.hpp"

namespace {

using namespace veleta;

struct Settings {
  explicit Settings(const Params& params)
      : alarm_p(params.number("alarm_p")),
        warning_p(params.number("warning_p")),
        window(params.integer("window")),
        both(params.text("direction") == "both") {}

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.alarm_p, self.warning_p, self.window, self.both);
  }

  double alarm_p, warning_p;
  int64_t window;
  bool both;
};

/// The statistical test of equal proportions, Nishida and Yamauchi (2007): the error rate of the last window against
/// that of all values before.
class Stepd {
 public:
  static constexpr const char* kName = "stepd";
  using Settings = ::Settings;

  Stepd(const Settings& settings, const Series& series)
      : settings_(settings),
        last_(static_cast<size_t>(settings.window)),
        alarm_z_(statistics::normal_quantile(settings.alarm_p)),
        warning_z_(statistics::normal_quantile(settings.warning_p)) {
    streams::require_errors(series);
  }

  SignalLevel take(double value) {
    const bool is_wrong = streams::is_wrong(value), leaves_window = last_.push(is_wrong);
    ++count_;
    errors_ += is_wrong;
    last_errors_ += is_wrong - leaves_window;
    if (count_ < 2 * settings_.window) return SignalLevel::kNone;
    const double z = this->z();
    if (z > alarm_z_) return SignalLevel::kAlarm;
    return z > warning_z_ ? SignalLevel::kWarning : SignalLevel::kNone;
  }

  void describe(Signal& signal) const {
    if (count_ < 2 * settings_.window) return;
    signal.statistic = z();
    signal.threshold = alarm_z_;
    signal.before = rate_before();
    signal.now = rate_now();
    signal.direction = rate_now() > rate_before() ? 1 : rate_now() < rate_before() ? -1 : 0;
  }

  void restart() {
    last_.clear();
    count_ = errors_ = last_errors_ = 0;
  }

  bool is_sound() const {
    return last_.is_sound() && last_errors_ == static_cast<int64_t>(last_.count_ones()) && errors_ >= last_errors_ &&
           count_ >= errors_ && streams::is_count(count_) &&
           last_.size() == static_cast<size_t>(std::min(count_, settings_.window));
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.last_, self.count_, self.errors_, self.last_errors_);
  }

 private:
  double rate_now() const { return static_cast<double>(last_errors_) / static_cast<double>(settings_.window); }
  double rate_before() const {
    return static_cast<double>(errors_ - last_errors_) / static_cast<double>(count_ - settings_.window);
  }

  /// The distance of the two rates in standard errors, with Yates's correction; 0 where all values are alike.
  double z() const {
    const auto window = static_cast<double>(settings_.window), count = static_cast<double>(count_);
    const double rate = static_cast<double>(errors_) / count, share = 1 / window + 1 / (count - window);
    const double step = rate_now() - rate_before(), distance = settings_.both ? std::abs(step) : step;
    if (!(distance > 0.5 * share) || !(rate * (1 - rate) > 0)) return 0;
    return (distance - 0.5 * share) / std::sqrt(rate * (1 - rate) * share);
  }

  Settings settings_;
  streams::LastBits last_;
  double alarm_z_, warning_z_;
  int64_t count_ = 0, errors_ = 0, last_errors_ = 0;
};

class StepdDetector final : public streams::DetectorBy<Stepd> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(StepdDetector, "stepd", "1.0.0",
                veleta::number_param("alarm_p", 0.003, "p-value that alarms").min(1e-300).max(0.5),
                veleta::number_param("warning_p", 0.05, "p-value that warns").min(1e-300).max(0.5),
                veleta::integer_param("window", 30, "last values that are compared").min(1).max(1000000).unit("values"),
                veleta::text_param("direction", "up", "which way a change must go").choices({"up", "both"}))
