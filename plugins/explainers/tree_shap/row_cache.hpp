#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tree_shap {

/// Rows of numbers by leaf and pattern, kept as long as there is room: first come, first kept. Thread-safe, and nobody
/// waits: a row is published by one atomic pointer.
class RowCache {
 public:
  explicit RowCache(size_t budget_bytes);
  ~RowCache();
  RowCache(const RowCache&) = delete;
  RowCache& operator=(const RowCache&) = delete;

  /// The row, which lives as long as the cache; null if it is not there.
  const double* find(uint32_t leaf, uint64_t pattern) const;
  /// Keeps a copy, unless it is there already or there is no room.
  void keep(uint32_t leaf, uint64_t pattern, std::span<const double> numbers);

  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }  ///< of the rows and of what finds them

 private:
  struct Row {
    uint64_t pattern;
    uint32_t leaf;
    double numbers[1];  ///< and those that follow
  };
  static size_t hash(uint32_t leaf, uint64_t pattern);
  bool reserve(size_t bytes);

  size_t budget_bytes_;
  std::vector<std::atomic<Row*>>
      slots_;  ///< a power of two of them; a row stands in the first free one from its hash on
  std::atomic<size_t> rows_ = 0, bytes_ = 0;
};

}  // namespace tree_shap
