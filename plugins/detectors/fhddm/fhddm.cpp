#include <cmath>

#include "streams/bits.hpp"
#include "streams/detector.hpp"
#include "streams/errors.hpp"

namespace {

using namespace veleta;

struct Settings {
  explicit Settings(const Params& params) : window(params.integer("window")), confidence(params.number("confidence")) {}

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.window, self.confidence);
  }

  int64_t window;
  double confidence;
};

/// The fast Hoeffding drift detection method, Pesaranghader and Viktor (2016): errors in the last window against the
/// fewest that one ever had.
class Fhddm {
 public:
  static constexpr const char* kName = "fhddm";
  using Settings = ::Settings;

  Fhddm(const Settings& settings, const Series& series)
      : settings_(settings),
        window_(static_cast<size_t>(settings.window)),
        bound_(std::sqrt(std::log(1 / settings.confidence) / (2 * static_cast<double>(settings.window)))) {
    streams::require_errors(series);
    restart();
  }

  SignalLevel take(double value) {
    const bool is_wrong = streams::is_wrong(value);
    errors_ += is_wrong - window_.push(is_wrong);
    if (!window_.is_full()) return SignalLevel::kNone;
    fewest_ = std::min(fewest_, errors_);
    return rise() > bound_ ? SignalLevel::kAlarm : SignalLevel::kNone;
  }

  void describe(Signal& signal) const {
    if (!window_.is_full()) return;
    signal.statistic = rise();
    signal.threshold = bound_;
    signal.direction = rise() > 0;
    signal.before = static_cast<double>(fewest_) / static_cast<double>(settings_.window);
    signal.now = static_cast<double>(errors_) / static_cast<double>(settings_.window);
  }

  void restart() {
    window_.clear();
    errors_ = 0;
    fewest_ = settings_.window;
  }

  bool is_sound() const {
    return window_.is_sound() && errors_ == static_cast<int64_t>(window_.count_ones()) && fewest_ >= 0 &&
           fewest_ <= settings_.window;
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.window_, self.errors_, self.fewest_);
  }

 private:
  double rise() const { return static_cast<double>(errors_ - fewest_) / static_cast<double>(settings_.window); }

  Settings settings_;
  streams::LastBits window_;
  double bound_;
  int64_t errors_, fewest_;
};

class FhddmDetector final : public streams::DetectorBy<Fhddm> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    FhddmDetector, "fhddm", "1.0.0",
    veleta::integer_param("window", 100, "last values that are compared").min(1).max(1000000).unit("values"),
    veleta::number_param("confidence", 1e-6, "chance at which Hoeffding's bound alarms").min(1e-300).max(1))
