#include "number_accumulator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "data/order_key.hpp"
#include "number_blocks.hpp"

namespace veleta {

namespace {

/// So many keys and as much scratch fit the second-level cache, and outnumber the cells that they are merged into.
constexpr size_t kMostPending = size_t{1} << 18;
constexpr size_t kFewPending = size_t{1} << 16;  ///< not worth a merge yet

}  // namespace

void NumberAccumulator::add(std::span<const double> numbers) {
  while (!numbers.empty()) {
    const size_t taken = std::min(numbers.size(), kMostPending - pending_.size());
    append(numbers.first(taken));
    numbers = numbers.subspan(taken);
    if (pending_.size() == kMostPending) flush();
  }
  if (pending_.size() >= kFewPending) flush();
  if (pending_.capacity() > 2 * kFewPending) pending_.shrink_to_fit();  // of many columns at once
}

void NumberAccumulator::finish() {
  flush();
  pending_ = {};
}

/// Without a branch a number: what is not kept is written over by the next.
void NumberAccumulator::append(std::span<const double> numbers) {
  const size_t before = pending_.size();
  pending_.resize(before + numbers.size());
  uint64_t* out = pending_.data() + before;
  uint64_t infinities = 0;
  double maximum = row_count_ == 0 ? -std::numeric_limits<double>::infinity() : maximum_;
  for (const double number : numbers) {
    const double size = std::fabs(number);
    const bool is_finite = size <= std::numeric_limits<double>::max();
    *out = order_key(number + 0.0);  // -0 becomes 0
    out += is_finite;
    infinities += size > std::numeric_limits<double>::max();
    maximum = is_finite && number > maximum ? number : maximum;
  }
  const auto kept = static_cast<size_t>(out - pending_.data());
  pending_.resize(kept);
  row_count_ += kept - before;
  infinity_count_ += infinities;
  if (row_count_ > 0) maximum_ = maximum;
}

void NumberAccumulator::flush() {
  if (pending_.empty()) return;
  static thread_local NumberBlocks blocks;
  NumberCells pending = with_few_cells(blocks.cells_of(pending_, cells_.precision_bits, moments_));
  cells_ = cells_.least.empty() ? std::move(pending) : merged(cells_, pending);
  pending_.clear();
}

}  // namespace veleta
