#pragma once

#include <fmt/format.h>
#include <cstdint>

#include "streams/detector.hpp"
#include "streams/reference.hpp"

namespace veleta::streams {

/// The parameters `confidence` and `warm_up`, which all charts have.
inline ParamSpec confidence_param(const char* doc) {
  return number_param("confidence", 0.95, doc).min(0.5).max(0.999999);
}
inline ParamSpec warm_up_param() {
  return integer_param("warm_up", 1000, "first values that tell what is usual, where the host does not know")
      .min(2)
      .max(1e9)
      .unit("values");
}

/// A method that holds values against what is usual. `Chart` is
///
///     static constexpr const char* kName; using Settings = …, which has `warm_up`;
///     bool begin(const Usual& usual, const Settings& settings);  // false: too few rows to promise anything from
///     SignalLevel take(double value, const Settings& settings);
///     void describe(Signal& signal, const Settings& settings) const;
///     void restart();                                            // keeps what is usual
///     bool is_sound(bool is_begun, const Settings& settings) const; static void exchange(Self&, Archive&);
///
/// Where the host does not know what is usual, the first `warm_up` values tell, or twice, four times … as many where
/// those are too few or all alike; after an alarm they are learned anew.
template <typename Chart>
class Charted {
 public:
  static constexpr const char* kName = Chart::kName;
  using Settings = typename Chart::Settings;

  Charted(const Settings& settings, const Series& series)
      : settings_(settings), is_told_(is_known(series)), enough_(settings.warm_up) {
    if (!is_told_) return;
    is_begun_ = chart_.begin(usual_of(series), settings_);
    if (!is_begun_)
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{} rows tell too little of the series to promise a run length from", series.row_count));
  }

  SignalLevel take(double value) {
    if (is_begun_) return chart_.take(value, settings_);
    learn(value);
    return SignalLevel::kNone;
  }

  void describe(Signal& signal) const {
    if (is_begun_) chart_.describe(signal, settings_);
  }

  void restart() {
    if (is_told_) return chart_.restart();
    is_begun_ = false;
    enough_ = settings_.warm_up;
    learner_ = {};
    chart_ = {};
  }

  bool is_sound() const {
    return learner_.is_sound() && is_count(enough_) && enough_ >= settings_.warm_up &&
           chart_.is_sound(is_begun_, settings_);
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.is_told_, self.is_begun_, self.enough_, self.learner_, self.chart_);
  }

 private:
  void learn(double value) {
    learner_.add(value);
    if (learner_.count() < enough_) return;
    is_begun_ = learner_.variance() > 0 && chart_.begin(learner_.usual(), settings_);
    if (!is_begun_) enough_ *= 2;
  }

  Settings settings_;
  bool is_told_, is_begun_ = false;
  int64_t enough_;
  Learner learner_;
  Chart chart_;
};

}  // namespace veleta::streams
