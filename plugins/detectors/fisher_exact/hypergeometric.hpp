#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <vector>

namespace veleta::statistics {

/// ln(x!) of whole x >= 0: summed up to kTable, Stirling's series beyond (DLMF 5.11.1), which is right to 1e-16 there.
class LogFactorials {
 public:
  static const LogFactorials& table() {
    static const LogFactorials made;
    return made;
  }

  double operator()(double x) const {
    if (x < kTable) return values_[static_cast<size_t>(x)];
    constexpr double kHalfLogTwoPi = 0.91893853320467274178;
    return (x + 0.5) * std::log(x) - x + kHalfLogTwoPi + 1 / (12 * x) - 1 / (360 * x * x * x);
  }

 private:
  static constexpr size_t kTable = 1 << 16;

  LogFactorials() {
    values_.reserve(kTable);
    values_.push_back(0);
    for (size_t i = 1; i < kTable; ++i) values_.push_back(values_.back() + std::log(static_cast<double>(i)));
  }

  std::vector<double> values_;
};

/// How many of `marked` rows are among `taken` rows that are drawn of `rows` without putting any back: Stadlober's
/// ratio of uniforms (1990, "The ratio of uniforms approach for generating discrete random variates", HRUA*), in a time
/// that does not depend on the numbers.
class Hypergeometric {
 public:
  explicit Hypergeometric(const LogFactorials& log_factorial) : log_factorial_(log_factorial) {}

  template <typename Random>
  double operator()(Random& random, double rows, double marked, double taken) const {
    // By symmetry the smaller part of either kind is enough.
    const double few = std::min(marked, rows - marked), drawn = std::min(taken, rows - taken);
    double found = std::min(few, drawn) == 0 ? 0
                   : drawn < kFew            ? one_by_one(random, rows, few, drawn)
                                             : by_ratio(random, rows, few, drawn);
    if (marked > rows - marked) found = drawn - found;
    return taken > rows - taken ? marked - found : found;
  }

 private:
  static constexpr double kFew = 10;

  template <typename Random>
  static double one_by_one(Random& random, double rows, double marked, double taken) {
    boost::random::uniform_01<double> uniform;
    double left = marked;
    for (double i = 0; i < taken; ++i)
      if (uniform(random) * (rows - i) < left) --left;
    return marked - left;
  }

  template <typename Random>
  double by_ratio(Random& random, double rows, double marked, double taken) const {
    constexpr double kWidth = 1.7155277699214135, kRise = 0.8989161620588988;  // 2 sqrt(2 / e), 3 - 2 sqrt(3 / e)
    boost::random::uniform_01<double> uniform;
    const double share = marked / rows, middle = taken * share + 0.5;
    const double deviation = std::sqrt((rows - taken) * taken * share * (1 - share) / (rows - 1) + 0.5);
    const double hat = kWidth * deviation + kRise;
    const double mode = std::floor((taken + 1) * (marked + 1) / (rows + 2));
    const double end = std::min(std::min(taken, marked) + 1, std::floor(middle + 16 * deviation));
    const double mode_weight = weight(mode, rows, marked, taken);
    for (;;) {
      const double u = uniform(random), x = middle + hat * (uniform(random) - 0.5) / u;
      if (!(x >= 0 && x < end)) continue;
      const double found = std::floor(x), logarithm = mode_weight - weight(found, rows, marked, taken);
      if (u * (4 - u) - 3 <= logarithm) return found;
      if (u * (u - logarithm) >= 1) continue;
      if (2 * std::log(u) <= logarithm) return found;
    }
  }

  /// Less the logarithm of the probability, but for a constant.
  double weight(double found, double rows, double marked, double taken) const {
    return log_factorial_(found) + log_factorial_(marked - found) + log_factorial_(taken - found) +
           log_factorial_(rows - marked - taken + found);
  }

  const LogFactorials& log_factorial_;
};

}  // namespace veleta::statistics
