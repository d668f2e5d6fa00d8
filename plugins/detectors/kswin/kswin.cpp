#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <vector>

#include "statistics/kolmogorov.hpp"
#include "streams/detector.hpp"

namespace {

using namespace veleta;

struct Settings {
  explicit Settings(const Params& params)
      : alpha(params.number("alpha")),
        min_distance(params.number("min_distance")),
        window(params.integer("window")),
        recent(params.integer("recent")) {
    if (recent >= window)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("recent: expected less than window ({}), found {}", window, recent));
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.alpha, self.min_distance, self.window, self.recent);
  }

  double alpha, min_distance;
  int64_t window, recent;
};

/// The least distance that is both above min_distance and rarer than alpha, in units of 1 / (old * recent); one more
/// than there can be where none is.
int64_t least_alarming(const Settings& settings) {
  const int64_t old = settings.window - settings.recent, all = old * settings.recent;
  int64_t low = 0, high = all + 1;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    const double distance = static_cast<double>(middle) / static_cast<double>(all);
    const bool alarms = distance > settings.min_distance &&
                        statistics::kolmogorov_two_sample_sf(
                            static_cast<size_t>(old), static_cast<size_t>(settings.recent), distance) <= settings.alpha;
    (alarms ? high : low) = alarms ? middle : middle + 1;
  }
  return low;
}

/// KSWIN, Raab, Heusinger and Schleif (2020), without chance: the last `recent` values against all others of the
/// window.
class Kswin {
 public:
  static constexpr const char* kName = "kswin";
  using Settings = ::Settings;

  Kswin(const Settings& settings, const Series&) : settings_(settings), threshold_(least_alarming(settings)) {
    ring_.resize(static_cast<size_t>(settings.window));
    sorted_.reserve(ring_.size());
    is_recent_.reserve(ring_.size());
  }

  SignalLevel take(double value) {
    if (is_full()) drop_oldest();
    push(value);
    if (!is_full() || --safe_ >= 0) return SignalLevel::kNone;
    look();
    return std::abs(distance_) >= threshold_ ? SignalLevel::kAlarm : SignalLevel::kNone;
  }

  void describe(Signal& signal) const {
    if (!is_full()) return;
    const auto all = static_cast<double>(old() * settings_.recent);
    signal.statistic = static_cast<double>(std::abs(distance_)) / all;
    signal.threshold = static_cast<double>(threshold_) / all;
    signal.direction = distance_ > 0 ? 1 : distance_ < 0 ? -1 : 0;
  }

  /// Goes on from the recent values.
  void restart() {
    while (count() > settings_.recent) drop_oldest();
    distance_ = safe_ = 0;
  }

  bool is_sound() const {
    const int64_t all = old() * settings_.recent;
    return distance_ >= -all && distance_ <= all && safe_ >= 0 && safe_ <= all;  // refill has checked the values
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    std::vector<double> values = self.in_order();
    archive(values, self.distance_, self.safe_);
    if constexpr (!std::is_const_v<Self>) self.refill(values);
  }

 private:
  int64_t count() const { return static_cast<int64_t>(sorted_.size()); }
  int64_t old() const { return settings_.window - settings_.recent; }
  bool is_full() const { return count() == settings_.window; }
  size_t slot(int64_t place) const { return static_cast<size_t>((first_ + place) % settings_.window); }

  std::vector<double> in_order() const {
    std::vector<double> values;
    for (int64_t i = 0; i < count(); ++i) values.push_back(ring_[slot(i)]);
    return values;
  }

  void refill(const std::vector<double>& values) {
    streams::StateReader::require(values.size() <= ring_.size(), "it holds more values than the window");
    sorted_.clear();
    is_recent_.clear();
    first_ = 0;
    for (const double value : values) push(value);
  }

  /// A value that comes, one that grows old and one that goes change the gap anywhere by 1 / old + 1 / recent together
  /// at most: `window` in its unit. Until it could have come to the threshold there is no need to look again.
  void look() {
    distance_ = largest_gap();
    safe_ = std::max<int64_t>(0, (threshold_ - 1 - std::abs(distance_)) / settings_.window);
  }

  /// Where in sorted_ such a value is.
  size_t find(double value, bool is_recent) const {
    auto place = static_cast<size_t>(std::ranges::lower_bound(sorted_, value) - sorted_.begin());
    while (is_recent_[place] != is_recent) ++place;
    return place;
  }

  void drop_oldest() {
    const auto place = static_cast<std::ptrdiff_t>(find(ring_[slot(0)], count() <= settings_.recent));
    sorted_.erase(sorted_.begin() + place);
    is_recent_.erase(is_recent_.begin() + place);
    first_ = (first_ + 1) % settings_.window;
  }

  void push(double value) {
    if (count() >= settings_.recent) is_recent_[find(ring_[slot(count() - settings_.recent)], true)] = false;
    ring_[slot(count())] = value;
    const auto place = std::ranges::lower_bound(sorted_, value) - sorted_.begin();
    sorted_.insert(sorted_.begin() + place, value);
    is_recent_.insert(is_recent_.begin() + place, true);
  }

  /// Old distribution function less the recent one where they are farthest apart, times old * recent.
  int64_t largest_gap() const {
    const auto per_old = static_cast<int32_t>(settings_.recent), per_recent = static_cast<int32_t>(old());
    int32_t gap = 0, highest = 0, lowest = 0;
    for (size_t i = 0; i + 1 < sorted_.size(); ++i) {
      gap += is_recent_[i] ? -per_recent : per_old;
      const int32_t seen = sorted_[i] != sorted_[i + 1] ? gap : 0;  // ties count together
      highest = std::max(highest, seen);
      lowest = std::min(lowest, seen);
    }
    return highest >= -lowest ? highest : lowest;
  }

  Settings settings_;
  int64_t threshold_;         ///< in units of 1 / (old * recent), as distance_
  std::vector<double> ring_;  ///< in order of arrival, from first_ on
  int64_t first_ = 0;
  std::vector<double> sorted_;      ///< the same values
  std::vector<uint8_t> is_recent_;  ///< of each in sorted_
  int64_t distance_ = 0;            ///< when it last looked
  int64_t safe_ = 0;                ///< values that cannot alarm yet
};

class KswinDetector final : public streams::DetectorBy<Kswin> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    KswinDetector, "kswin", "1.0.0",
    veleta::number_param("alpha", 0.005, "p-value of the Kolmogorov-Smirnov test that alarms").min(1e-300).max(1),
    veleta::number_param("min_distance", 0.1,
                         "largest distance between the distribution functions that does not matter")
        .min(0)
        .max(1),
    veleta::integer_param("window", 100, "values kept").min(2).max(10000).unit("values"),
    veleta::integer_param("recent", 30, "last values of them, which are compared with the others")
        .min(1)
        .max(9999)
        .unit("values"))
