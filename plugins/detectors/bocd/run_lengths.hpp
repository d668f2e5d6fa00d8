#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace veleta::bocd {

/// What is known of a level: as much as `weight` values with this mean tell.
struct Level {
  double weight = 1, mean = 0;

  bool is_sound(double least, double greatest) const {
    return weight >= 1e-6 && weight <= 1e18 && mean >= least && mean <= greatest;
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.weight, self.mean);
  }
};

/// The log density of a value by a level that is not quite known: normal with a standard deviation of 1, or 1 with a
/// chance, else 0, by the mean of its beta distribution; values between those count in part.
struct Normal {
  static double log_density(double value, const Level& level) {
    const double distance = value - level.mean, variance = 1 + 1 / level.weight;
    return -0.5 * (distance * distance / variance + std::log(variance));
  }
};
struct Binary {
  static double log_density(double value, const Level& level) {
    if (value == 0) return std::log1p(-level.mean);
    if (value == 1) return std::log(level.mean);
    return value * std::log(level.mean) + (1 - value) * std::log1p(-level.mean);
  }
};

/// How probable it is that the level last changed so many values ago: Adams and MacKay (2007, arXiv 0710.3742,
/// algorithm 1), in logarithms. The first run is the one that reaches back to before the first value. Of the others
/// only some are kept, closely for recent changes and, relative to their age, no less closely for old ones.
class RunLengths {
 public:
  /// What joins two runs that are not both kept.
  enum class Joined { kSum, kLikelier };

  void begin(const Level& first) {
    log_masses_ = {0};
    weights_ = {first.weight};
    means_ = {first.mean};
  }

  /// A value in. A change before the next one has the chance `hazard` and leads to `fresh`, the level that nothing is
  /// known of; of at most `most` runs the rest is joined.
  template <typename Model>
  void take(double value, double hazard, const Level& fresh, size_t most, Joined joined) {
    for (size_t i = 0; i < size(); ++i) log_masses_[i] += Model::log_density(value, level(i));
    const double shift = std::log1p(-hazard) - log_total();
    for (size_t i = 0; i < size(); ++i) {
      log_masses_[i] += shift;
      weights_[i] += 1;
      means_[i] += (value - means_[i]) / weights_[i];
    }
    log_masses_.push_back(std::log(hazard));
    weights_.push_back(fresh.weight);
    means_.push_back(fresh.mean);
    while (size() > most) join_closest(joined);
  }

  /// The log odds of any change against none.
  double log_odds() const {
    const double no_change = std::max(0.0, -log_masses_[0]);
    return no_change > 1 ? no_change + std::log1p(-std::exp(-no_change)) : std::log(std::expm1(no_change));
  }
  /// The log odds of the likeliest change against none.
  double likeliest_log_odds() const { return log_masses_[likeliest(size())] - log_masses_[0]; }

  /// Whether any run but the first has seen a value.
  bool has_changes() const { return size() > 2; }
  /// The mean of the likeliest of those.
  double changed_mean() const { return means_[likeliest(size() - 1)]; }

  bool is_sound(double least, double greatest, size_t most) const {
    if (log_masses_.empty() || size() > most || weights_.size() != size() || means_.size() != size()) return false;
    for (size_t i = 0; i < size(); ++i)
      if (!(log_masses_[i] >= -1e250 && log_masses_[i] <= 1e-6) || !level(i).is_sound(least, greatest)) return false;
    return true;
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.log_masses_, self.weights_, self.means_);
  }

 private:
  size_t size() const { return log_masses_.size(); }
  Level level(size_t run) const { return {weights_[run], means_[run]}; }

  double log_total() const {
    const double greatest = *std::ranges::max_element(log_masses_);
    double total = 0;
    for (const double mass : log_masses_) total += std::exp(mass - greatest);
    return greatest + std::log(total);
  }

  /// Of the runs before `end` without the first.
  size_t likeliest(size_t end) const {
    const auto first = log_masses_.begin();
    return static_cast<size_t>(std::max_element(first + 1, first + static_cast<std::ptrdiff_t>(end)) - first);
  }

  /// Joins the two neighbours whose ages are most alike: the likelier stands for both.
  void join_closest(Joined joined) {
    size_t older = 1;
    for (size_t i = 2; i + 1 < size(); ++i)
      if (weights_[i] * weights_[older + 1] < weights_[older] * weights_[i + 1]) older = i;
    const bool keeps_older = log_masses_[older] >= log_masses_[older + 1];
    const size_t kept = keeps_older ? older : older + 1, dropped = keeps_older ? older + 1 : older;
    if (joined == Joined::kSum) log_masses_[kept] += std::log1p(std::exp(log_masses_[dropped] - log_masses_[kept]));
    for (auto* numbers : {&log_masses_, &weights_, &means_})
      numbers->erase(numbers->begin() + static_cast<std::ptrdiff_t>(dropped));
  }

  // Of each run, the first one first, then from the oldest to that of the next value.
  std::vector<double> log_masses_, weights_, means_;
};

}  // namespace veleta::bocd
