#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/exact_sum.hpp"
#include "data/number_cells.hpp"

namespace veleta {

/// Makes cells and moments of a block of order keys. Holds the room that it works in; use one a thread.
class NumberBlocks {
 public:
  /// Cells of so many bits, maybe more than kMostCells of them.
  NumberCells cells_of(std::span<const uint64_t> keys, int precision_bits, ExactMoments& moments);

 private:
  struct Tally {
    uint64_t least, greatest;
    double rows;
  };
  void group_by_exponent(std::span<const uint64_t> keys);
  void sort_group(std::span<uint64_t> keys, int begin_bit);
  void count_group(std::span<const uint64_t> keys, int begin_bit, int cell_bits, NumberCells& to);
  void scan_group(std::span<const uint64_t> keys, int begin_bit, NumberCells& to);

  std::vector<uint64_t> grouped_, scratch_;
  std::vector<uint32_t> group_ends_;  ///< in grouped_
  std::vector<Tally> tallies_;
};

}  // namespace veleta
