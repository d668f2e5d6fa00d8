#include <cmath>

#include "streams/bits.hpp"
#include "streams/detector.hpp"
#include "streams/error_rate.hpp"
#include "streams/errors.hpp"

namespace {

using namespace veleta;

struct Settings {
  explicit Settings(const Params& params)
      : levels{params.number("warning"), params.number("alarm")},
        warm_up(params.integer("warm_up")),
        kept(params.integer("kept")),
        longest(params.integer("longest")),
        longest_warning(params.integer("longest_warning")) {}

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.levels, self.warm_up, self.kept, self.longest, self.longest_warning);
  }

  streams::ErrorLevels levels;
  int64_t warm_up, kept, longest, longest_warning;
};

/// The reactive drift detection method, Barros, Cabral, Gonçalves and Santos (2017): DDM that goes on from the last
/// predictions after an alarm, after long without one, and where it warns for long.
class Rddm {
 public:
  static constexpr const char* kName = "rddm";
  using Settings = ::Settings;

  Rddm(const Settings& settings, const Series& series)
      : settings_(settings), last_(static_cast<size_t>(settings.kept)) {
    streams::require_errors(series);
  }

  SignalLevel take(double value) {
    const bool is_wrong = streams::is_wrong(value);
    last_.push(is_wrong);
    rate_.add(is_wrong);
    if (rate_.count() < settings_.warm_up) return SignalLevel::kNone;
    best_.lower_to(rate_);
    const SignalLevel level = best_.level(rate_, settings_.levels);
    warned_ = level == SignalLevel::kNone ? 0 : warned_ + 1;
    if (warned_ > settings_.longest_warning) return SignalLevel::kAlarm;
    if (level == SignalLevel::kNone && rate_.count() >= settings_.longest) rate_ = rate_of_last();
    return level;
  }

  void describe(Signal& signal) const { best_.describe(rate_, settings_.levels, signal); }

  /// Goes on from the values since the warning began; from the last one alone where it lasted too long to tell.
  void restart() {
    const size_t since_warning = warned_ > settings_.longest_warning ? 1 : static_cast<size_t>(warned_);
    if (since_warning < last_.size()) last_.drop_oldest(last_.size() - since_warning);
    warned_ = 0;
    best_ = {};
    rate_ = {};
    for (size_t i = 0; i < last_.size(); ++i) {
      rate_.add(last_[i]);
      if (rate_.count() >= settings_.warm_up) best_.lower_to(rate_);
    }
  }

  bool is_sound() const {
    return last_.is_sound() && streams::is_count(warned_) && rate_.is_sound() && best_.is_sound();
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.last_, self.warned_, self.rate_, self.best_);
  }

 private:
  streams::ErrorRate rate_of_last() const {
    streams::ErrorRate rate;
    for (size_t i = 0; i < last_.size(); ++i) rate.add(last_[i]);
    return rate;
  }

  Settings settings_;
  streams::LastBits last_;
  int64_t warned_ = 0;  ///< values since a warning began that has not ended
  streams::ErrorRate rate_;
  streams::BestErrorRate best_;
};

class RddmDetector final : public streams::DetectorBy<Rddm> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    RddmDetector, "rddm", "1.0.0",
    veleta::number_param("warning", 1.773, "standard deviations above the best error rate that warn").min(0),
    veleta::number_param("alarm", 2.258, "standard deviations above the best error rate that alarm").min(0),
    veleta::integer_param("warm_up", 129, "judges nothing in the first so many values").min(1).max(1e9).unit("values"),
    veleta::integer_param("kept", 7000, "last values that it goes on from").min(1).max(10000000).unit("values"),
    veleta::integer_param("longest", 40000, "values without a warning after which it goes on from those kept")
        .min(1)
        .max(1e12)
        .unit("values"),
    veleta::integer_param("longest_warning", 1400, "values that a warning may last before it alarms")
        .min(1)
        .max(1e12)
        .unit("values"))
