#include "quadrature_kernel.hpp"

#include <algorithm>

#include "tiles.hpp"

namespace tree_shap {
namespace {

using veleta::MatrixView;

constexpr size_t kChunkBytes = 256 << 10;  ///< of trees that all tiles pass before the next ones: they stay in L2
constexpr size_t kBlockBytes = 256 << 10;  ///< of tiles and their sums
constexpr size_t kMostBlockRows = 512;
constexpr size_t kMostTileScratchBytes = 64 << 20;

}  // namespace

QuadratureKernel::QuadratureKernel(const Forest& forest, Factors factors, const Passes& passes)
    : forest_(forest), factors_(factors), passes_(passes) {
  for (uint32_t output = 0; output < forest.outputs; ++output)
    for (const Tree& tree : forest.trees)
      if (tree.output == output && !tree.nodes[0].is_leaf())
        trees_.emplace_back(tree, forest.columns, factors == Factors::kKept);
  for (const PathProgram& tree : trees_) {
    bytes_ += tree.bytes();
    bytes_with_factors_ += tree.bytes_with_factors();
    scratch_numbers_ = std::max(scratch_numbers_, scratch_numbers(tree, passes.lanes));
  }
  tiles_ = scratch_numbers_ * sizeof(double) <= kMostTileScratchBytes;
  make_chunks();
}

void QuadratureKernel::make_chunks() {
  size_t bytes = 0;
  for (size_t tree = 0; tree < trees_.size(); ++tree) {
    if (chunks_.empty() || chunks_.back().output != trees_[tree].output || bytes > kChunkBytes) {
      chunks_.push_back({trees_[tree].output, tree, tree});
      bytes = 0;
    }
    chunks_.back().end = tree + 1;
    bytes += trees_[tree].bytes();
  }
}

std::string QuadratureKernel::name() const {
  return factors_ == Factors::kKept ? "Gauss–Legendre quadrature" : "compact Gauss–Legendre quadrature";
}

void QuadratureKernel::explain(const MatrixView& rows, std::span<double> values) const {
  // A tile costs as much as three rows one by one.
  const size_t rest = rows.rows % passes_.lanes, alone = !tiles_ ? rows.rows : rest <= 3 ? rest : 0;
  const size_t tiled = rows.rows - alone, row_values = forest_.outputs * forest_.columns;
  if (tiled > 0) explain_tiles({rows.values, tiled, rows.columns, rows.names}, values);
  if (alone == 0) return;
  const Numbers room(4 * forest_.columns + scratch_numbers_);
  for (size_t row = tiled; row < rows.rows; ++row)
    explain_row(rows.row(row), values.subspan(row * row_values, row_values), room.get(),
                room.get() + 4 * forest_.columns);
}

void QuadratureKernel::explain_row(const float* row, std::span<double> values, double* sums, double* scratch) const {
  for (size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    const auto [output, begin, end] = chunks_[chunk];
    if (chunk == 0 || output != chunks_[chunk - 1].output) std::fill_n(sums, 4 * forest_.columns, 0.0);
    for (size_t tree = begin; tree < end; ++tree) passes_.row(trees_[tree], forest_, row, scratch, sums);
    if (chunk + 1 < chunks_.size() && output == chunks_[chunk + 1].output) continue;
    for (size_t column = 0; column < forest_.columns; ++column)
      values[output * forest_.columns + column] += total(sums + 4 * column, 1);
  }
}

/// The tiles of a block of rows, and what is added up for them.
class QuadratureKernel::Block {
 public:
  Block(const QuadratureKernel& kernel, size_t tiles)
      : kernel_(kernel),
        lanes_(kernel.passes_.lanes),
        columns_(kernel.forest_.columns),
        tiles_(tiles * columns_ * lanes_),
        sums_(tiles * columns_ * 4 * lanes_),
        scratch_(kernel.scratch_numbers_) {}

  void explain(const MatrixView& rows, std::span<double> values) {
    rows_ = rows;
    values_ = values;
    count_ = (rows.rows + lanes_ - 1) / lanes_;
    for (size_t t = 0; t < count_; ++t) make_tile(rows, t * lanes_, lanes_, tile(t));
    const auto& chunks = kernel_.chunks_;
    for (size_t chunk = 0; chunk < chunks.size(); ++chunk) {
      if (chunk == 0 || chunks[chunk].output != chunks[chunk - 1].output)
        std::fill_n(sums_.get(), count_ * columns_ * 4 * lanes_, 0.0);
      for (size_t t = 0; t < count_; ++t) add(chunks[chunk], t);
      if (chunk + 1 == chunks.size() || chunks[chunk].output != chunks[chunk + 1].output) finish(chunks[chunk].output);
    }
  }

 private:
  double* tile(size_t t) const { return tiles_.get() + t * columns_ * lanes_; }
  double* sums(size_t t) const { return sums_.get() + t * columns_ * 4 * lanes_; }

  void add(const Chunk& chunk, size_t t) {
    for (size_t tree = chunk.begin; tree < chunk.end; ++tree)
      kernel_.passes_.tile(kernel_.trees_[tree], kernel_.forest_, tile(t), scratch_.get(), sums(t));
  }

  void finish(size_t output) {
    const size_t outputs = kernel_.forest_.outputs;
    for (size_t row = 0; row < rows_.rows; ++row) {
      const double* from = sums(row / lanes_) + row % lanes_;
      double* to = &values_[(row * outputs + output) * columns_];
      for (size_t column = 0; column < columns_; ++column) to[column] += total(from + column * 4 * lanes_, lanes_);
    }
  }

  const QuadratureKernel& kernel_;
  size_t lanes_, columns_;
  Numbers tiles_, sums_, scratch_;
  MatrixView rows_;
  std::span<double> values_;
  size_t count_ = 0;
};

void QuadratureKernel::explain_tiles(const MatrixView& rows, std::span<double> values) const {
  const size_t lanes = passes_.lanes, row_values = forest_.outputs * forest_.columns;
  const size_t tile_bytes = std::max<size_t>(1, forest_.columns) * 5 * lanes * sizeof(double);
  const size_t block_rows = std::clamp<size_t>(kBlockBytes / tile_bytes * lanes, lanes, kMostBlockRows);
  Block block(*this, (std::min(block_rows, rows.rows) + lanes - 1) / lanes);
  for (size_t first = 0; first < rows.rows; first += block_rows) {
    const size_t count = std::min(block_rows, rows.rows - first);
    block.explain({rows.row(first), count, rows.columns, rows.names},
                  values.subspan(first * row_values, count * row_values));
  }
}

struct QuadratureKernel::Pairs {
  explicit Pairs(const QuadratureKernel& kernel) : columns(kernel.trees_, kernel.forest_.columns) {
    trees.reserve(kernel.trees_.size());
    for (const PathProgram& tree : kernel.trees_) trees.emplace_back(tree, columns);
  }

  ColumnPairs columns;
  std::vector<PathPairs> trees;
};

QuadratureKernel::~QuadratureKernel() = default;

const QuadratureKernel::Pairs& QuadratureKernel::pairs() const {
  std::call_once(pairs_once_, [&] { pairs_ = std::make_unique<const Pairs>(*this); });
  return *pairs_;
}

namespace {

/// Adds one row's interactions from a tile's sums. The diagonal is what is left of the attribution.
void add_interactions(const ColumnPairs& pairs, const double* sums, size_t lanes, size_t columns, double* to) {
  const auto& used = pairs.columns();
  for (uint32_t i = 0; i < used.size(); ++i) {
    double rest = sums[ColumnPairs::place_of_ranks(i, i) * lanes];
    for (uint32_t j = 0; j < used.size(); ++j) {
      if (i == j) continue;
      const double half = sums[ColumnPairs::place_of_ranks(i, j) * lanes] / 2;
      to[used[i] * columns + used[j]] += half;
      rest -= half;
    }
    to[used[i] * columns + used[i]] += rest;
  }
}

}  // namespace

void QuadratureKernel::interact(const MatrixView& rows, std::span<double> interactions) const {
  const size_t lanes = passes_.lanes, columns = forest_.columns;
  const Pairs& of = pairs();
  const Numbers tile(columns * lanes), sums(of.columns.count() * lanes), scratch(scratch_numbers_);
  for (size_t first = 0; first < rows.rows; first += lanes) {
    make_tile(rows, first, lanes, tile.get());
    for (size_t tree = 0; tree < trees_.size();) {
      const uint32_t output = trees_[tree].output;
      std::fill_n(sums.get(), of.columns.count() * lanes, 0.0);
      for (; tree < trees_.size() && trees_[tree].output == output; ++tree)
        passes_.interact(trees_[tree], forest_, of.trees[tree], tile.get(), scratch.get(), sums.get());
      for (size_t lane = 0; lane < std::min(lanes, rows.rows - first); ++lane)
        add_interactions(of.columns, sums.get() + lane, lanes, columns,
                         &interactions[((first + lane) * forest_.outputs + output) * columns * columns]);
    }
  }
}

}  // namespace tree_shap
