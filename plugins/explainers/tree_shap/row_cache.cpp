#include "row_cache.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <new>

namespace tree_shap {
namespace {

/// What a short row takes, with its slots: as many as that fit, so that rows fill the room before they fill the slots.
constexpr size_t kBytesASlot = 64;

}  // namespace

RowCache::RowCache(size_t budget_bytes)
    : budget_bytes_(budget_bytes), slots_(std::bit_floor(std::max<size_t>(budget_bytes / kBytesASlot, 16))) {
  bytes_ = slots_.size() * sizeof(slots_[0]);
}

RowCache::~RowCache() {
  for (const auto& slot : slots_) ::operator delete(slot.load());
}

size_t RowCache::hash(uint32_t leaf, uint64_t pattern) {
  uint64_t mixed = (pattern ^ uint64_t{leaf} << 32 ^ leaf) * 0x9E3779B97F4A7C15u;
  mixed = (mixed ^ mixed >> 32) * 0xD6E8FEB86659FD93u;
  return mixed ^ mixed >> 32;
}

const double* RowCache::find(uint32_t leaf, uint64_t pattern) const {
  const size_t mask = slots_.size() - 1;
  for (size_t slot = hash(leaf, pattern) & mask;; slot = (slot + 1) & mask) {
    const Row* row = slots_[slot].load(std::memory_order_acquire);
    if (!row) return nullptr;
    if (row->leaf == leaf && row->pattern == pattern) return row->numbers;
  }
}

bool RowCache::reserve(size_t bytes) {
  // A quarter of the slots stays free, whatever threads come at once, so that a search ends.
  if (rows_.fetch_add(1, std::memory_order_relaxed) < slots_.size() / 4 * 3) {
    if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= budget_bytes_) return true;
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }
  rows_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void RowCache::keep(uint32_t leaf, uint64_t pattern, std::span<const double> numbers) {
  const size_t bytes = offsetof(Row, numbers) + std::max<size_t>(numbers.size(), 1) * sizeof(double);
  if (!reserve(bytes)) return;
  Row* row = new (::operator new(bytes)) Row{pattern, leaf, {}};
  std::ranges::copy(numbers, row->numbers);
  const size_t mask = slots_.size() - 1;
  for (size_t slot = hash(leaf, pattern) & mask;; slot = (slot + 1) & mask) {
    Row* there = nullptr;
    if (slots_[slot].compare_exchange_strong(there, row, std::memory_order_acq_rel)) return;
    if (there->leaf == leaf && there->pattern == pattern) break;  // another thread was quicker
  }
  ::operator delete(row);
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  rows_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace tree_shap
