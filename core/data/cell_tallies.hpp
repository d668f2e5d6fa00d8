#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cell_sorter.hpp"
#include "data/exact_sum.hpp"
#include "data/number_cells.hpp"

namespace veleta {

/// Makes cells and moments of order keys, block by block. Keys are counted as they come, in a tally for each cell that
/// an exponent's numbers can have; those of exponents for which there is no room are sorted at the block's end. Holds
/// the room that it works in, 25 MB at most; use one a thread.
class CellTallies {
 public:
  /// Begins a block of `most_keys` keys, up to KeySums::kMostKeys.
  void begin(int precision_bits, size_t most_keys);
  /// How many keys the block still takes.
  size_t room() const;
  /// No more than there is room for.
  void add(std::span<const uint64_t> keys);
  /// Ends the block: its cells, maybe more than kMostCells of them, and its moments.
  NumberCells finish(ExactMoments& moments);

 private:
  struct Tally {
    uint64_t least = ~uint64_t{0};  ///< no number's key
    /// In the low half the keys; in the high half how often the least one changed, or a key was not it.
    uint64_t counts = 0;
  };
  bool open(size_t exponent);
  NumberCells tallied(ExactMoments& moments) const;

  int precision_bits_ = NumberCells::kExact;
  int cell_bits_ = 0;  ///< 2^cell_bits_ cells an exponent
  size_t most_keys_ = 0, key_count_ = 0;
  static constexpr uint32_t kNone = ~uint32_t{0};
  std::vector<uint32_t> origins_;  ///< by exponent: what added to a key's leading bits is its place in tallies_
  std::vector<KeySums> sums_;      ///< by exponent, of those that have an origin
  std::vector<Tally> tallies_;
  std::vector<uint64_t> strays_;
  CellSorter sorter_;
};

}  // namespace veleta
