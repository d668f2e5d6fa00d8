#include <algorithm>
#include <cmath>
#include <vector>

#include "streams/detector.hpp"
#include "streams/errors.hpp"
#include "streams/numbers.hpp"
#include "streams/running_mean.hpp"

namespace {

using namespace veleta;

struct Settings {
  explicit Settings(const Params& params)
      : delta(params.number("delta")),
        clock(params.integer("clock")),
        max_buckets(params.integer("max_buckets")),
        min_window(params.integer("min_window")),
        grace(params.integer("grace")) {}

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.delta, self.clock, self.max_buckets, self.min_window, self.grace);
  }

  double delta;
  int64_t clock, max_buckets, min_window, grace;
};

/// Sums of ever more values the older they are: row r has up to max_buckets buckets of 2^r values. Exponential
/// histogram of Datar, Gionis, Indyk and Motwani (2002).
class Buckets {
 public:
  explicit Buckets(int64_t max_buckets) : row_size_(static_cast<size_t>(max_buckets) + 1) {}

  void add(double value) {
    if (counts_.empty()) add_row();
    push(0, value);
    for (size_t row = 0; counts_[row] == row_size_; ++row) merge_oldest(row);
  }

  /// Calls visit(values in the bucket, their sum) from the oldest bucket to the newest.
  template <typename Visit>
  void from_oldest(const Visit& visit) const {
    for (size_t row = counts_.size(); row-- > 0;) {
      const auto size = static_cast<double>(uint64_t{1} << row);
      for (size_t i = 0; i < counts_[row]; ++i) visit(size, sums_[row * row_size_ + i]);
    }
  }

  void clear() {
    counts_.clear();
    sums_.clear();
  }

  /// Whether the buckets hold so many values.
  bool hold(int64_t values) const {
    if (counts_.size() > 62 || sums_.size() != counts_.size() * row_size_) return false;
    uint64_t found = 0;
    for (size_t row = 0; row < counts_.size(); ++row) {
      if (counts_[row] >= row_size_) return false;
      found += counts_[row] << row;
    }
    return found == static_cast<uint64_t>(values);
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.counts_, self.sums_);
  }

 private:
  void add_row() {
    counts_.push_back(0);
    sums_.resize(sums_.size() + row_size_);
  }

  void push(size_t row, double sum) { sums_[row * row_size_ + counts_[row]++] = sum; }

  /// The row's two oldest buckets become one of the next row.
  void merge_oldest(size_t row) {
    if (row + 1 == counts_.size()) add_row();
    double* oldest = &sums_[row * row_size_];
    push(row + 1, oldest[0] + oldest[1]);
    std::copy(oldest + 2, oldest + row_size_, oldest);
    counts_[row] -= 2;
  }

  size_t row_size_;
  std::vector<uint64_t> counts_;  ///< buckets of each row
  std::vector<double> sums_;      ///< row_size_ a row, oldest first
};

/// Where a window changed most.
struct Cut {
  double excess = 0;  ///< of the distance between the means over the bound; > 0: the window changed
  double distance = 0, bound = 0, before = 0, now = 0;
};

/// ADWIN2, Bifet and Gavaldà (2007). Since an alarm ends the window, no bucket is ever dropped.
class Adwin {
 public:
  static constexpr const char* kName = "adwin";
  using Settings = ::Settings;

  Adwin(const Settings& settings, const Series& series) : settings_(settings), buckets_(settings.max_buckets) {
    const double range = series.maximum - series.minimum;
    if (!streams::is_binary(series) && streams::is_described(series) && std::isfinite(range) && range > 0)
      unit_ = range;
  }

  SignalLevel take(double value) {
    if (window_.mean.count == 0) origin_ = value;
    const double scaled = streams::within_reach((value - origin_) / unit_);
    window_.add(scaled);
    buckets_.add(scaled);
    if (window_.mean.count % settings_.clock != 0 || window_.mean.count <= settings_.grace) return SignalLevel::kNone;
    cut_ = best_cut();
    return cut_.excess > 0 ? SignalLevel::kAlarm : SignalLevel::kNone;
  }

  void describe(Signal& signal) const {
    if (!(cut_.excess > 0)) return;
    signal.statistic = cut_.distance * unit_;
    signal.threshold = cut_.bound * unit_;
    signal.before = origin_ + cut_.before * unit_;
    signal.now = origin_ + cut_.now * unit_;
    signal.direction = cut_.now > cut_.before ? 1 : cut_.now < cut_.before ? -1 : 0;
  }

  void restart() {
    window_ = {};
    cut_ = {};
    buckets_.clear();
  }

  bool is_sound() const {
    return std::isfinite(origin_) && std::isfinite(unit_) && unit_ > 0 && window_.is_sound() &&
           buckets_.hold(window_.mean.count);
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.origin_, self.unit_, self.window_, self.buckets_);
  }

 private:
  Cut best_cut() const {
    const auto count = static_cast<double>(window_.mean.count), least = static_cast<double>(settings_.min_window);
    const double total = window_.mean.mean * count, variance = window_.squares / count;
    const double confidence = std::log(2 * std::log(count) / settings_.delta);
    const double most_by_chance = 2 * confidence * window_.squares;
    Cut best;
    double old_count = 0, old_sum = 0;
    buckets_.from_oldest([&](double size, double sum) {
      old_count += size;
      old_sum += sum;
      const double new_count = count - old_count, numbers = old_count * new_count;
      // The distance of the means times both counts, against the bound's first term with its share at the least that it
      // can be: most cuts need no more than this.
      const double product = total * old_count - old_sum * count;
      if (product * product <= most_by_chance * numbers || old_count < least || new_count < std::max(least, 1.0))
        return;
      const double share = 1 / (old_count - least + 1) + 1 / (new_count - least + 1);
      const double bound = std::sqrt(2 * share * variance * confidence) + 2.0 / 3 * confidence * share;
      const double before = old_sum / old_count, now = (total - old_sum) / new_count;
      const double distance = std::abs(now - before);
      if (distance - bound > best.excess) best = {distance - bound, distance, bound, before, now};
    });
    return best;
  }

  Settings settings_;
  double origin_ = 0;  ///< the window's first value, taken from each: a constant has sums of exactly 0
  double unit_ = 1;    ///< what the bound takes for the values' range
  streams::RunningVariance window_;
  Buckets buckets_;
  Cut cut_;  ///< that alarms
};

class AdwinDetector final : public streams::DetectorBy<Adwin> {
  using DetectorBy::DetectorBy;
};

}  // namespace

VELETA_DETECTOR(
    AdwinDetector, "adwin", "1.0.0",
    veleta::number_param("delta", 0.002, "confidence: smaller alarms less often").min(1e-300).max(1),
    veleta::integer_param("clock", 32, "looks for a change every so many values").min(1).max(1e9).unit("values"),
    veleta::integer_param("max_buckets", 5, "buckets of each size; more cut the window more finely").min(2).max(1000),
    veleta::integer_param("min_window", 5, "least values on either side of a cut").min(1).max(1e9).unit("values"),
    veleta::integer_param("grace", 10, "looks for no change in fewer values").min(0).max(1e9).unit("values"))
