#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace veleta {

/// Where the numbers of a window lie: cells, and the rows in each. A cell holds the numbers whose order keys (see
/// order_key) begin with the same `precision_bits` bits, and precision_bits is the largest for which there are at most
/// kMostCells cells. Parts of a window are never coarser than the whole, so that cells depend on its rows alone: not on
/// their order, nor on the parts in which they came. The distribution function is exact at the beginning of each cell.
struct NumberCells {
  static constexpr size_t kMostCells = 65536;
  static constexpr int kExact = 64;  ///< each number is a cell
  static constexpr int kLeastPrecision = 16;
  /// The numbers are kMostCells even quantiles of a window, as VLPROF1 kept them; their rows need not be whole.
  static constexpr int kQuantiles = 0;

  int precision_bits = kExact;
  std::vector<double> least;     ///< the least number of each cell, ascending; never -0
  std::vector<double> rows;      ///< of each cell, more than 0
  std::vector<uint8_t> several;  ///< whether a cell holds more than one number; empty where precision_bits is kExact

  /// Adds a cell behind all others.
  void append(double cell_least, double cell_rows, bool cell_several) {
    least.push_back(cell_least);
    rows.push_back(cell_rows);
    if (precision_bits < kExact) several.push_back(cell_several);
  }
  size_t size() const { return least.size(); }
  double row_count() const;
  /// The distribution function is known everywhere but for so much: the largest share of rows in one cell of several
  /// numbers.
  double error_bound() const;
  /// The number, or the beginning of the cell, that stands at `share` (0 to 1) of the rows. Of no cells NaN.
  double quantile(double share) const;
  /// All numbers one after the other, or kMostCells even quantiles of more than that.
  std::vector<double> even_quantiles() const;
  bool operator==(const NumberCells&) const = default;
};

/// Cells of these ascending numbers, each once or more often. Makes no more than kMostCells.
NumberCells cells_of_sorted(std::span<const double> sorted);

/// The same rows in cells of fewer bits; precision_bits is kLeastPrecision to that of `cells`.
NumberCells coarsened(const NumberCells& cells, int precision_bits);

/// As coarsened, to the most bits that leave at most kMostCells.
NumberCells with_few_cells(NumberCells cells);

/// The cells of two windows taken together. Neither may be of kQuantiles.
NumberCells merged(const NumberCells& a, const NumberCells& b);

/// Makes two windows comparable cell by cell: both as coarse as the coarser, and the cells that they share with the
/// same least number. Leaves windows of kQuantiles as they are.
void unite(NumberCells& a, NumberCells& b);

}  // namespace veleta
