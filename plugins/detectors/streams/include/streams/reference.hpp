#pragma once

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <veleta/series.hpp>

#include "statistics/tails.hpp"
#include "streams/errors.hpp"
#include "streams/running_mean.hpp"
#include "veleta/error.hpp"

namespace veleta::streams {

/// Below and above which something lies.
struct Limits {
  double low = 0, high = 0;

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.low, self.high);
  }
};

/// What a series usually is, from `rows` of its values.
struct Usual {
  double rows = 0, mean = 0, deviation = 0;
  Limits range;
  bool is_binary = false;  ///< every value is 0 or 1

  /// The mean lies there but for a chance of `alpha` on either side: Clopper and Pearson's (1934) limits of a share,
  /// else Student's t.
  Limits mean_limits(double alpha) const;
  /// The standard deviation of normal values is at most so much, but for a chance of `alpha`.
  double deviation_limit(double alpha) const {
    const double freedom = counted_rows() - 1;
    return deviation * std::sqrt(freedom / statistics::chi_squared_quantile(1 - alpha, freedom));
  }

  bool is_sound() const {
    return rows >= 2 && std::isfinite(rows) && std::isfinite(mean) && deviation >= 0 && std::isfinite(deviation) &&
           range.low <= range.high;
  }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.rows, self.mean, self.deviation, self.range, self.is_binary);
  }

 private:
  double counted_rows() const { return std::min(rows, 1e9); }  ///< more make no difference that counts
};

inline Limits Usual::mean_limits(double alpha) const {
  const double count = counted_rows();
  if (is_binary) {
    const double wrong = std::clamp(mean, 0.0, 1.0) * count;
    return {wrong > 0 ? statistics::binomial_share(wrong, count, alpha) : 0,
            wrong < count ? statistics::binomial_share(wrong + 1, count, 1 - alpha) : 1};
  }
  const boost::math::students_t_distribution<double> student(count - 1);
  const double margin = boost::math::quantile(boost::math::complement(student, alpha)) * deviation / std::sqrt(count);
  return {mean - margin, mean + margin};
}

/// What the host knows of the series. Throws kUnsupported where that is a constant.
inline Usual usual_of(const Series& series) {
  constexpr double kEverywhere = std::numeric_limits<double>::max();
  Usual usual{series.row_count, series.mean, series.standard_deviation, {-kEverywhere, kEverywhere}, is_binary(series)};
  if (usual.is_binary) usual.deviation = std::sqrt(std::max(0.0, series.mean * (1 - series.mean)));
  if (std::isfinite(series.minimum)) usual.range.low = series.minimum;
  if (std::isfinite(series.maximum)) usual.range.high = series.maximum;
  if (!series.is_error && !(usual.deviation > 0))
    throw Error(ErrorCode::kUnsupported, "the series is constant where it is known, so nothing tells how far is far");
  return usual;
}

/// Whether the host told enough to watch the series from its first value.
inline bool is_known(const Series& series) {
  return series.row_count >= 2 && std::isfinite(series.mean) &&
         (series.is_error || std::isfinite(series.standard_deviation));
}

/// Learns what a series usually is from its first values, where the host does not know.
class Learner {
 public:
  bool is_binary() const { return is_binary_; }
  int64_t count() const { return values_.mean.count; }
  double variance() const { return values_.variance(); }

  void add(double value) {
    if (count() == 0) range_ = {value, value}, is_binary_ = true;
    range_ = {std::min(range_.low, value), std::max(range_.high, value)};
    is_binary_ = is_binary_ && (value == 0 || value == 1);
    values_.add(value);
  }

  Usual usual() const {
    const auto rows = static_cast<double>(count());
    const double mean = values_.mean.mean;
    return {rows, mean, is_binary_ ? std::sqrt(mean * (1 - mean)) : std::sqrt(variance()), range_, is_binary_};
  }

  bool is_sound() const { return values_.is_sound() && range_.low <= range_.high; }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.values_, self.range_, self.is_binary_);
  }

 private:
  RunningVariance values_;
  Limits range_;
  bool is_binary_ = false;
};

}  // namespace veleta::streams
