#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "statistics/student_t.hpp"

// Means of two samples whose tails may be long.

namespace veleta::rows {

struct Moments {
  double count = 0, mean = 0, variance = 0, third = 0;  ///< third: the mean cube of what lies off the mean
  double error() const { return variance / count; }     ///< of the mean, squared
};

inline Moments moments(std::span<const double> values) {
  Moments found;
  found.count = static_cast<double>(values.size());
  for (const double value : values) found.mean += value / found.count;
  for (const double value : values) {
    const double off = value - found.mean;
    found.variance += off * off;
    found.third += off * off * off / found.count;
  }
  found.variance = found.count > 1 ? found.variance / (found.count - 1) : 0;
  return found;
}

/// How far the mean of the current sample lies above the reference's.
struct MeanGrowth {
  Moments reference, current;

  double difference() const { return current.mean - reference.mean; }
  double deviation() const { return std::sqrt(reference.error() + current.error()); }
  /// One-sided, by Welch (1947) with Satterthwaite's degrees of freedom, corrected for skewness by Hall's cubic (1992,
  /// "On the removal of skewness by transformation"). Of two constants: 1, or 0 where the current one is larger.
  double p_value() const {
    const double a = reference.error(), b = current.error();
    if (!(a + b > 0)) return difference() > 0 ? 0 : 1;
    const double degrees = (a + b) * (a + b) / (a * a / (reference.count - 1) + b * b / (current.count - 1));
    const double t = difference() / std::sqrt(a + b), k = skewness();
    return statistics::student_t_sf(t + k / 6 + k * t * t / 3 + k * k * t * t * t / 27, degrees);
  }
  /// Of the difference of the means.
  double skewness() const {
    const double a = reference.third / (reference.count * reference.count);
    const double b = current.third / (current.count * current.count);
    return (b - a) / std::pow(reference.error() + current.error(), 1.5);
  }
  /// As a share of the reference's mean, and the deviation of that ratio (delta method).
  double ratio() const { return difference() / reference.mean; }
  double ratio_deviation() const {
    const double times = current.mean / reference.mean;
    return std::sqrt(current.error() + times * times * reference.error()) / reference.mean;
  }
};

/// Holds the largest values of both samples together, one in a hundred and two at least, at the next largest of the
/// rest (Dixon and Tukey 1968): a few absurd values say nothing of a mean.
inline void winsorise(std::vector<double>& reference, std::vector<double>& current) {
  std::vector<double> all(reference);
  all.insert(all.end(), current.begin(), current.end());
  const size_t held = std::max<size_t>(all.size() / 100, 2);
  if (all.size() <= held) return;
  const auto most = all.begin() + static_cast<std::ptrdiff_t>(all.size() - held - 1);
  std::nth_element(all.begin(), most, all.end());
  for (auto* sample : {&reference, &current})
    for (double& value : *sample) value = std::min(value, *most);
}

}  // namespace veleta::rows
