#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "data/exact_sum.hpp"
#include "data/number_cells.hpp"

namespace veleta {

/// Takes a column's numbers piece by piece and keeps their cells and moments. What comes out depends on the numbers
/// alone, not on the pieces.
class NumberAccumulator {
 public:
  /// NaN is missing; an infinity is of a wrong type.
  void add(std::span<const double> numbers);
  /// Ends adding.
  void finish();

  uint64_t row_count() const { return row_count_; }
  uint64_t infinity_count() const { return infinity_count_; }
  double maximum() const { return maximum_; }  ///< NaN of none
  const NumberCells& cells() const { return cells_; }
  NumberCells take_cells() { return std::move(cells_); }
  const ExactMoments& moments() const { return moments_; }

 private:
  /// The keys of the finite ones, written to `room`, which is as large as numbers; counts rows and infinities.
  std::span<const uint64_t> keys_of(std::span<const double> numbers, std::span<uint64_t> room);
  void keep(std::span<const double> numbers);
  void count(std::span<const double> numbers);

  std::vector<uint64_t> pending_;  ///< order keys of numbers that are not in cells_ yet
  NumberCells cells_;
  ExactMoments moments_;
  uint64_t row_count_ = 0, infinity_count_ = 0;
  double maximum_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace veleta
