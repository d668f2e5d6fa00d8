#include <cmath>
#include <limits>

#include "streams/detector.hpp"
#include "streams/error_rate.hpp"
#include "streams/errors.hpp"

namespace {

using namespace veleta;

struct Settings {
  explicit Settings(const Params& params)
      : levels{params.number("warning"), params.number("alarm")}, warm_up(params.integer("warm_up")) {}

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.levels, self.warm_up);
  }

  streams::ErrorLevels levels;
  int64_t warm_up;
};

/// The drift detection method, Gama, Medas, Castillo and Rodrigues (2004).
class Ddm {
 public:
  static constexpr const char* kName = "ddm";
  using Settings = ::Settings;

  Ddm(const Settings& settings, const Series& series) : settings_(settings) { streams::require_errors(series); }

  SignalLevel take(double value) {
    rate_.add(streams::is_wrong(value));
    if (rate_.count() <= settings_.warm_up) return SignalLevel::kNone;
    best_.lower_to(rate_);
    return best_.level(rate_, settings_.levels);
  }

  void describe(Signal& signal) const { best_.describe(rate_, settings_.levels, signal); }

  void restart() {
    rate_ = {};
    best_ = {};
  }

  bool is_sound() const { return rate_.is_sound() && best_.is_sound(); }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.rate_, self.best_);
  }

 private:
  Settings settings_;
  streams::ErrorRate rate_;
  streams::BestErrorRate best_;
};

class DdmDetector final : public streams::DetectorBy<Ddm> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    DdmDetector, "ddm", "1.0.0",
    veleta::number_param("warning", 2, "standard deviations above the best error rate that warn").min(0),
    veleta::number_param("alarm", 3, "standard deviations above the best error rate that alarm").min(0),
    veleta::integer_param("warm_up", 30, "judges nothing in the first so many values").min(1).max(1e9).unit("values"))
