#include "data/number_cells.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "data/order_key.hpp"

namespace veleta {

namespace {

/// The bits that tell cells apart, by their least numbers.
class Prefixes {
 public:
  Prefixes(const NumberCells& cells, int precision_bits) : least_(cells.least), shift_(64 - precision_bits) {}
  uint64_t operator[](size_t cell) const { return order_key(least_[cell]) >> shift_; }

 private:
  const std::vector<double>& least_;
  int shift_;
};

/// Cells that come in order; those of one prefix become one.
class CellWriter {
 public:
  CellWriter(int precision_bits, size_t most) {
    cells_.precision_bits = precision_bits;
    cells_.least.reserve(most);
    cells_.rows.reserve(most);
    if (precision_bits < NumberCells::kExact) cells_.several.reserve(most);
  }
  void add(const NumberCells& from, size_t cell) {
    const double least = from.least[cell];
    const uint64_t prefix = order_key(least) >> (64 - cells_.precision_bits);
    const bool is_new = cells_.least.empty() || prefix != prefix_;
    const bool several = !from.several.empty() && from.several[cell];
    if (is_new) {
      prefix_ = prefix;
      cells_.append(least, from.rows[cell], several);
      return;
    }
    cells_.rows.back() += from.rows[cell];
    if (cells_.precision_bits < NumberCells::kExact)
      cells_.several.back() |= static_cast<uint8_t>(several || least != cells_.least.back());
  }
  NumberCells take() { return std::move(cells_); }

 private:
  NumberCells cells_;
  uint64_t prefix_ = 0;
};

}  // namespace

double NumberCells::row_count() const { return std::accumulate(rows.begin(), rows.end(), 0.0); }

double NumberCells::error_bound() const {
  if (precision_bits == kQuantiles) return 0.5 / kMostCells;
  double most = 0;
  for (size_t cell = 0; cell < several.size(); ++cell)
    if (several[cell]) most = std::max(most, rows[cell]);
  return most > 0 ? most / row_count() : 0;
}

double NumberCells::quantile(double share) const {
  const double place = share * row_count();
  double before = 0;
  for (size_t cell = 0; cell < size(); ++cell)
    if ((before += rows[cell]) > place) return least[cell];
  return least.empty() ? std::numeric_limits<double>::quiet_NaN() : least.back();
}

std::vector<double> NumberCells::even_quantiles() const {
  const double total = row_count();
  const size_t count = std::min(kMostCells, static_cast<size_t>(std::llround(total)));
  std::vector<double> quantiles(count);
  double before = 0;
  for (size_t i = 0, cell = 0; i < count; ++i) {
    const double place = (static_cast<double>(i) + 0.5) * total / static_cast<double>(count);
    while (cell + 1 < size() && before + rows[cell] <= place) before += rows[cell++];
    quantiles[i] = least[cell];
  }
  return quantiles;
}

NumberCells coarsened(const NumberCells& cells, int precision_bits) {
  CellWriter out(precision_bits, cells.size());
  for (size_t cell = 0; cell < cells.size(); ++cell) out.add(cells, cell);
  return out.take();
}

NumberCells with_few_cells(NumberCells cells) {
  if (cells.size() <= NumberCells::kMostCells) return cells;
  // Neighbours whose keys first differ in the bit after the `bits` leading ones are apart from bits + 1 bits on.
  std::array<size_t, 64> first_difference{};
  const Prefixes keys(cells, NumberCells::kExact);
  for (size_t cell = 1; cell < cells.size(); ++cell)
    ++first_difference[static_cast<size_t>(std::countl_zero(keys[cell] ^ keys[cell - 1]))];
  int bits = 0;
  for (size_t count = 1; (count += first_difference[static_cast<size_t>(bits)]) <= NumberCells::kMostCells;) ++bits;
  return coarsened(cells, bits);
}

namespace {

/// Both of the same bits. Without a branch that depends on which is next: that would be guessed wrong half the time.
NumberCells merged_alike(const NumberCells& a, const NumberCells& b) {
  const bool has_several = a.precision_bits < NumberCells::kExact;
  const Prefixes in_a(a, a.precision_bits), in_b(b, b.precision_bits);
  NumberCells both;
  both.precision_bits = a.precision_bits;
  both.least.resize(a.size() + b.size());
  both.rows.resize(a.size() + b.size());
  if (has_several) both.several.resize(a.size() + b.size());
  size_t i = 0, j = 0, made = 0;
  for (; i < a.size() && j < b.size(); ++made) {
    const uint64_t prefix_a = in_a[i], prefix_b = in_b[j];
    const bool from_a = prefix_a <= prefix_b, from_b = prefix_b <= prefix_a;
    both.least[made] = std::min(a.least[i], b.least[j]);
    both.rows[made] = a.rows[i] * from_a + b.rows[j] * from_b;
    if (has_several)
      both.several[made] = (a.several[i] & from_a) | (b.several[j] & from_b) |
                           static_cast<uint8_t>(from_a & from_b & (a.least[i] != b.least[j]));
    i += from_a;
    j += from_b;
  }
  const NumberCells& rest = i < a.size() ? a : b;
  for (size_t cell = i < a.size() ? i : j; cell < rest.size(); ++cell, ++made) {
    both.least[made] = rest.least[cell];
    both.rows[made] = rest.rows[cell];
    if (has_several) both.several[made] = rest.several[cell];
  }
  both.least.resize(made);
  both.rows.resize(made);
  if (has_several) both.several.resize(made);
  return both;
}

}  // namespace

NumberCells merged(const NumberCells& a, const NumberCells& b) {
  if (a.precision_bits > b.precision_bits) return with_few_cells(merged_alike(coarsened(a, b.precision_bits), b));
  if (b.precision_bits > a.precision_bits) return with_few_cells(merged_alike(a, coarsened(b, a.precision_bits)));
  return with_few_cells(merged_alike(a, b));
}

NumberCells cells_of_sorted(std::span<const double> sorted) {
  NumberCells cells;
  for (const double number : sorted) {
    if (cells.least.empty() || cells.least.back() != number) {
      cells.least.push_back(number + 0.0);  // -0 becomes 0
      cells.rows.push_back(0);
    }
    ++cells.rows.back();
  }
  return with_few_cells(std::move(cells));
}

void unite(NumberCells& a, NumberCells& b) {
  const int bits = std::min(a.precision_bits, b.precision_bits);
  if (bits == NumberCells::kExact || bits == NumberCells::kQuantiles) return;
  for (NumberCells* cells : {&a, &b})
    if (cells->precision_bits > bits) *cells = coarsened(*cells, bits);
  const Prefixes in_a(a, bits), in_b(b, bits);
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const uint64_t prefix_a = in_a[i], prefix_b = in_b[j];
    if (prefix_a == prefix_b) a.least[i] = b.least[j] = std::min(a.least[i], b.least[j]);
    i += prefix_a <= prefix_b;
    j += prefix_b <= prefix_a;
  }
}

}  // namespace veleta
