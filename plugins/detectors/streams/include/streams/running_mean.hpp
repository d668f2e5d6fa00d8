#pragma once

#include <cmath>
#include <cstdint>

namespace veleta::streams {

/// Whether a count read from a state can be one.
inline bool is_count(int64_t count) { return count >= 0 && count <= int64_t{1} << 53; }

/// The mean of the values so far. That of a constant is the constant, exactly.
struct RunningMean {
  int64_t count = 0;
  double mean = 0;

  void add(double value) {
    ++count;
    // A reciprocal first: the division then does not wait for the mean.
    mean += (value - mean) * (1 / static_cast<double>(count));
  }

  bool is_sound() const { return is_count(count) && std::isfinite(mean); }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.count, self.mean);
  }
};

/// The mean and the squared deviations from it (Welford 1962).
struct RunningVariance {
  RunningMean mean;
  double squares = 0;

  void add(double value) {
    const double before = value - mean.mean;
    mean.add(value);
    squares += before * (value - mean.mean);
  }

  double variance() const { return mean.count > 1 ? squares / static_cast<double>(mean.count - 1) : 0; }
  bool is_sound() const { return mean.is_sound() && squares >= 0 && std::isfinite(squares); }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.mean, self.squares);
  }
};

}  // namespace veleta::streams
