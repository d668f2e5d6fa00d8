#pragma once

#include <algorithm>
#include <cmath>

#include "hypergeometric.hpp"
#include "statistics/categories.hpp"

namespace veleta::statistics {

/// The exact test of a 2 x K table (Freeman and Halton 1951): the probability of all tables with these margins that are
/// no likelier than this one, by tables drawn from a fixed seed (Agresti, Wackerly and Boyett 1979).
class ExactTest {
 public:
  explicit ExactTest(const GroupCounts& groups)
      : groups_(groups), reference_rows_(total(groups.reference)), all_rows_(reference_rows_ + total(groups.current)) {}

  /// Of at most `draws` tables. Far out in the tail it is a bound instead, which needs no table.
  double p_value(int64_t draws) const {
    const double bound = std::exp(log_bound()), least = 1 / (static_cast<double>(draws) + 1);
    return bound < least ? bound : draw(draws);
  }

 private:
  /// ln of this table's probability times the number of tables, none of those that count being likelier: an upper
  /// bound of the p-value, which keeps its digits down to where numbers end.
  double log_bound() const {
    double tables = 0, widest = 0,
           margins = log_factorial_(reference_rows_) - log_factorial_(all_rows_) +
                     log_factorial_(all_rows_ - reference_rows_);
    for (size_t i = 0; i < groups_.reference.size(); ++i) {
      const double ways = std::log1p(rows(i));
      tables += ways;
      widest = std::max(widest, ways);
      margins += log_factorial_(rows(i));
    }
    return margins - improbability(groups_.reference) + tables - widest;  // one group follows from the others
  }

  /// Stops as soon as the p-value cannot be small (Besag and Clifford 1991, "Sequential Monte Carlo p-values").
  double draw(int64_t draws) const {
    constexpr double kEnough = 100;
    constexpr double kRounding = 1e-7;  // tables that differ by rounding alone are as likely
    boost::random::mt19937_64 random(20240607);
    const double observed = improbability(groups_.reference) - kRounding;
    std::vector<double> table(groups_.reference.size());
    double no_likelier = 0;
    for (int64_t i = 1; i <= draws; ++i) {
      draw_table(random, table);
      if (improbability(table) >= observed && ++no_likelier >= kEnough) return no_likelier / static_cast<double>(i);
    }
    return (no_likelier + 1) / (static_cast<double>(draws) + 1);
  }

  template <typename Random>
  void draw_table(Random& random, std::vector<double>& table) const {
    double population = all_rows_, left = reference_rows_;
    for (size_t i = 0; i < table.size(); ++i) {
      table[i] = hypergeometric_(random, population, rows(i), left);
      population -= rows(i);
      left -= table[i];
    }
  }

  /// Less the logarithm of a table's probability, but for a constant.
  double improbability(const std::vector<double>& table) const {
    double sum = 0;
    for (size_t i = 0; i < table.size(); ++i) sum += log_factorial_(table[i]) + log_factorial_(rows(i) - table[i]);
    return sum;
  }

  double rows(size_t group) const { return groups_.reference[group] + groups_.current[group]; }

  const GroupCounts& groups_;
  double reference_rows_, all_rows_;
  const LogFactorials& log_factorial_ = LogFactorials::table();
  Hypergeometric hypergeometric_{log_factorial_};
};

}  // namespace veleta::statistics
