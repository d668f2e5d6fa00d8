#include "cell_tallies.hpp"

#include <algorithm>

#include "data/order_key.hpp"

namespace veleta {

namespace {

constexpr size_t kMostTallies = size_t{1} << 19;
constexpr size_t kMostStrays = size_t{1} << 18;

}  // namespace

void CellTallies::begin(int precision_bits, size_t most_keys) {
  precision_bits_ = precision_bits;
  most_keys_ = most_keys;
  key_count_ = 0;
  cell_bits_ = precision_bits - (64 - kKeyFractionBits);
  origins_.assign(kExponents, kNone);
  sums_.resize(kExponents);
  tallies_.clear();
  strays_.clear();
}

size_t CellTallies::room() const { return std::min(most_keys_ - key_count_, kMostStrays - strays_.size()); }

/// Whether there is room for the cells of another exponent.
bool CellTallies::open(size_t exponent) {
  const size_t begin = tallies_.size(), cells = size_t{1} << cell_bits_;
  if (begin + cells > kMostTallies) return false;
  tallies_.resize(begin + cells);
  sums_[exponent] = {};
  origins_[exponent] = static_cast<uint32_t>(begin - (exponent << cell_bits_));
  return true;
}

void CellTallies::add(std::span<const uint64_t> keys) {
  key_count_ += keys.size();
  const int begin_bit = 64 - precision_bits_;
  const uint32_t* origins = origins_.data();
  KeySums* sums = sums_.data();
  for (const uint64_t key : keys) {
    const size_t exponent = exponent_of_key(key);
    if (origins[exponent] == kNone && !open(exponent)) {
      strays_.push_back(key);
      continue;
    }
    sums[exponent].add(key);
    Tally& tally = tallies_[origins[exponent] + static_cast<uint32_t>(key >> begin_bit)];
    tally.counts += 1 + (uint64_t{key != tally.least} << 32);
    tally.least = std::min(tally.least, key);
  }
}

NumberCells CellTallies::tallied(ExactMoments& moments) const {
  NumberCells made;
  made.precision_bits = precision_bits_;
  for (size_t exponent = 0; exponent < kExponents; ++exponent) {
    if (origins_[exponent] == kNone) continue;
    const size_t begin = static_cast<uint32_t>(origins_[exponent] + (exponent << cell_bits_));
    uint64_t count = 0;
    for (const Tally& tally : std::span(tallies_).subspan(begin, size_t{1} << cell_bits_)) {
      const auto keys = static_cast<uint32_t>(tally.counts);
      if (keys == 0) continue;
      count += keys;
      made.append(from_order_key(tally.least), keys, tally.counts >> 32 > 1);
    }
    moments.add(exponent, count, sums_[exponent]);
  }
  return made;
}

NumberCells CellTallies::finish(ExactMoments& moments) {
  NumberCells made = tallied(moments);
  if (strays_.empty()) return made;
  NumberCells sorted = sorter_.cells_of(strays_, precision_bits_, moments);
  return made.size() == 0 ? sorted : merged(made, sorted);
}

}  // namespace veleta
