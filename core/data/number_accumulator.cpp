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
constexpr size_t kChunk = 512;

}  // namespace

void NumberAccumulator::add(std::span<const double> numbers) {
  while (!numbers.empty()) {
    const size_t taken = std::min({numbers.size(), kChunk, kMostPending - pending_count_});
    append(numbers.first(taken));
    numbers = numbers.subspan(taken);
    if (pending_count_ == kMostPending) flush();
  }
  if (pending_count_ >= kFewPending) flush();
  if (pending_.size() > 2 * kFewPending) {  // of many columns at once
    pending_.resize(pending_count_);
    pending_.shrink_to_fit();
  }
}

void NumberAccumulator::finish() {
  flush();
  pending_ = {};
}

/// A chunk of finite numbers, as most are, is copied as it is.
void NumberAccumulator::append(std::span<const double> numbers) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  if (pending_.size() < pending_count_ + numbers.size())
    pending_.resize(std::min(kMostPending, 2 * (pending_count_ + numbers.size())));
  uint64_t* out = pending_.data() + pending_count_;
  size_t others = 0;
  for (const double number : numbers) others += !(std::fabs(number) <= kLargest);
  if (others == 0) {
    for (size_t i = 0; i < numbers.size(); ++i) out[i] = order_key(numbers[i] + 0.0);  // -0 becomes 0
  } else {
    for (const double number : numbers) {
      const double size = std::fabs(number);
      *out = order_key(number + 0.0);
      out += size <= kLargest;  // what is not kept is written over by the next
      infinity_count_ += size > kLargest;
    }
  }
  pending_count_ += numbers.size() - others;
  row_count_ += numbers.size() - others;
}

void NumberAccumulator::flush() {
  if (pending_count_ == 0) return;
  static thread_local NumberBlocks blocks;
  const std::span<uint64_t> keys = std::span(pending_).first(pending_count_);
  const double largest = from_order_key(*std::ranges::max_element(keys));
  maximum_ = std::fmax(maximum_, largest);
  NumberCells made = with_few_cells(blocks.cells_of(keys, cells_.precision_bits, moments_));
  cells_ = cells_.least.empty() ? std::move(made) : merged(cells_, made);
  pending_count_ = 0;
}

}  // namespace veleta
