#include <algorithm>
#include <array>
#include <bit>

#include "base/digest.hpp"
#include "data/table.hpp"

namespace veleta {

namespace {

/// Joins a cell's hash to the hash of the cells before it (the finalizer of SplitMix64, Steele et al. 2014), so that
/// cells cannot trade places or run into one another.
uint64_t combine(uint64_t before, uint64_t cell) {
  uint64_t mixed = before * 0x9E3779B97F4A7C15u + cell;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

/// What cells of a column are hashed with: equal texts of different columns differ, and a missing cell leaves no trace.
uint64_t seed_of(const Column& column) { return hash64(column.name); }

/// Hashes the texts of a column's numbers or times, and remembers those of late: printing costs most, and values
/// repeat.
class NumberHasher {
 public:
  explicit NumberHasher(const Column& column) : column_(column), seed_(seed_of(column)) {}

  uint64_t operator()(size_t row) {
    const auto bits = std::bit_cast<uint64_t>(column_.numbers[row]);
    Entry& entry = entries_[(bits * 0x9E3779B97F4A7C15u) >> 52];
    if (!entry.used || entry.bits != bits) entry = {bits, hash64(column_.text(row), seed_), true};
    return entry.hash;
  }

 private:
  struct Entry {
    uint64_t bits = 0;
    uint64_t hash = 0;
    bool used = false;
  };
  const Column& column_;
  const uint64_t seed_;
  std::array<Entry, 4096> entries_{};
};

void add_categories(const Column& column, std::vector<uint64_t>& hashes) {
  const uint64_t seed = seed_of(column);
  std::vector<uint64_t> by_code;
  for (const auto& label : column.dictionary.labels()) by_code.push_back(hash64(label, seed));
  for (size_t row = 0; row < hashes.size(); ++row)
    if (const int32_t code = column.codes[row]; code >= 0)
      hashes[row] = combine(hashes[row], by_code[static_cast<size_t>(code)]);
}

void add_numbers(const Column& column, std::vector<uint64_t>& hashes) {
  NumberHasher hash_of(column);
  for (size_t row = 0; row < hashes.size(); ++row)
    if (!column.is_missing(row)) hashes[row] = combine(hashes[row], hash_of(row));
}

}  // namespace

std::vector<uint64_t> row_hashes(const Table& table) {
  std::vector<const Column*> by_name;
  for (const auto& column : table.columns) by_name.push_back(&column);
  std::ranges::sort(by_name, {}, &Column::name);

  std::vector<uint64_t> hashes(table.row_count());
  for (const Column* column : by_name)
    column->type == ColumnType::kCategory ? add_categories(*column, hashes) : add_numbers(*column, hashes);
  return hashes;
}

double hash_fraction(uint64_t hash) { return static_cast<double>(hash >> 11) * 0x1.0p-53; }

}  // namespace veleta
