#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/exact_sum.hpp"
#include "data/number_cells.hpp"

namespace veleta {

/// Makes cells and moments of order keys by sorting them. Holds the room that it works in; use one a thread.
class CellSorter {
 public:
  /// Cells of so many bits, maybe more than kMostCells of them. Takes KeySums::kMostKeys keys at most.
  NumberCells cells_of(std::span<const uint64_t> keys, int precision_bits, ExactMoments& moments);

 private:
  void group_by_exponent(std::span<const uint64_t> keys);
  void sort_group(std::span<uint64_t> keys, int begin_bit);
  void scan_group(std::span<const uint64_t> keys, int begin_bit, NumberCells& to);

  std::vector<uint64_t> grouped_, scratch_;
  std::vector<uint32_t> group_ends_;  ///< in grouped_
};

}  // namespace veleta
