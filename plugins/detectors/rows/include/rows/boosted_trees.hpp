#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "rows/feature_columns.hpp"

namespace veleta::rows {

/// The columns cut into at most kBins pieces of about as many rows each; computed once for all fits.
class BinnedColumns {
 public:
  static constexpr size_t kBins = 32;

  explicit BinnedColumns(const FeatureColumns& data) : bins_(data.columns()) {
    for (size_t column = 0; column < data.columns(); ++column) {
      const auto& values = data.column(column);
      const std::vector<double> edges = edges_of(values);
      bins_[column].reserve(values.size());
      for (const double value : values)
        bins_[column].push_back(
            static_cast<uint8_t>(std::upper_bound(edges.begin(), edges.end(), value) - edges.begin()));
    }
  }
  size_t columns() const { return bins_.size(); }
  const std::vector<uint8_t>& column(size_t index) const { return bins_[index]; }

 private:
  static std::vector<double> edges_of(std::vector<double> values) {
    std::ranges::sort(values);
    std::vector<double> edges;
    for (size_t bin = 1; bin < kBins; ++bin) {
      const double edge = values[bin * values.size() / kBins];
      if (edge > (edges.empty() ? values.front() : edges.back())) edges.push_back(edge);
    }
    if (edges.empty()) edges.push_back(values.back());  // a mark that few rows have
    return edges;
  }

  std::vector<std::vector<uint8_t>> bins_;
};

/// A sum of trees of two levels, each fitted to what the ones before left of the target, by least squares with weighted
/// rows (Friedman 2001, "Greedy function approximation", algorithm 2, with shrinkage; Bühlmann and Yu 2003).
class BoostedTrees {
 public:
  static constexpr size_t kTrees = 30;
  static constexpr double kShrinkage = 0.1;
  static constexpr size_t kLeastRows = 8;  ///< of a leaf

  /// `residual` is what is to be learned, one for each of `rows`; it becomes what was not.
  BoostedTrees(const BinnedColumns& data, std::span<const size_t> rows, std::vector<double>& residual,
               std::span<const double> weights)
      : data_(data), gain_(data.columns()) {
    std::vector<uint8_t> node(rows.size());
    for (size_t tree = 0; tree < kTrees; ++tree) {
      std::ranges::fill(node, uint8_t{0});
      Tree grown;
      grown.root = best_split(rows, residual, weights, node, 0);
      if (grown.root.gain <= 0) break;
      for (size_t i = 0; i < rows.size(); ++i) node[i] = is_right(grown.root, rows[i]);
      for (const uint8_t side : {0, 1}) grown.inner[side] = best_split(rows, residual, weights, node, side);
      for (size_t i = 0; i < rows.size(); ++i) node[i] = grown.leaf(*this, rows[i]);
      set_values(grown, residual, weights, node);
      for (size_t i = 0; i < rows.size(); ++i) residual[i] -= grown.values[node[i]];
      trees_.push_back(grown);
    }
  }

  double predict(size_t row) const {
    double sum = 0;
    for (const Tree& tree : trees_) sum += tree.values[tree.leaf(*this, row)];
    return sum;
  }

  /// The weighted squared residual that splits on the column took away, one step's worth.
  double importance(size_t column) const { return gain_[column]; }

 private:
  struct Split {
    size_t column = 0;
    uint8_t bin = 255;  ///< rows of a greater bin go right
    double gain = 0;
  };
  struct Tree {
    Split root;
    std::array<Split, 2> inner;
    std::array<double, 4> values{};
    uint8_t leaf(const BoostedTrees& trees, size_t row) const {
      const uint8_t side = trees.is_right(root, row);
      return static_cast<uint8_t>(2 * side + trees.is_right(inner[side], row));
    }
  };
  struct Cell {
    double weight = 0, sum = 0;
    size_t rows = 0;
  };

  uint8_t is_right(const Split& split, size_t row) const { return data_.column(split.column)[row] > split.bin; }

  Split best_split(std::span<const size_t> rows, const std::vector<double>& residual, std::span<const double> weights,
                   const std::vector<uint8_t>& node, uint8_t at) {
    Split best;
    std::array<Cell, BinnedColumns::kBins> cells;
    for (size_t column = 0; column < data_.columns(); ++column) {
      cells.fill({});
      const auto& bins = data_.column(column);
      Cell all;
      for (size_t i = 0; i < rows.size(); ++i) {
        if (node[i] != at) continue;
        Cell& cell = cells[bins[rows[i]]];
        cell.weight += weights[i];
        cell.sum += weights[i] * residual[i];
        ++cell.rows;
      }
      for (const Cell& cell : cells) all.weight += cell.weight, all.sum += cell.sum, all.rows += cell.rows;
      Cell left;
      for (size_t bin = 0; bin + 1 < cells.size(); ++bin) {
        left.weight += cells[bin].weight, left.sum += cells[bin].sum, left.rows += cells[bin].rows;
        if (left.rows < kLeastRows || all.rows - left.rows < kLeastRows) continue;
        const double right_weight = all.weight - left.weight, right_sum = all.sum - left.sum;
        const double gain =
            left.sum * left.sum / left.weight + right_sum * right_sum / right_weight - all.sum * all.sum / all.weight;
        if (gain > best.gain * (1 + 1e-9)) best = {column, static_cast<uint8_t>(bin), gain};
      }
    }
    if (best.gain > 0) gain_[best.column] += kShrinkage * best.gain;
    return best;
  }

  void set_values(Tree& tree, const std::vector<double>& residual, std::span<const double> weights,
                  const std::vector<uint8_t>& leaf) const {
    std::array<Cell, 4> leaves;
    for (size_t i = 0; i < leaf.size(); ++i) {
      leaves[leaf[i]].weight += weights[i];
      leaves[leaf[i]].sum += weights[i] * residual[i];
    }
    for (size_t i = 0; i < leaves.size(); ++i)
      if (leaves[i].weight > 0) tree.values[i] = kShrinkage * leaves[i].sum / leaves[i].weight;
  }

  const BinnedColumns& data_;
  std::vector<Tree> trees_;
  std::vector<double> gain_;
};

}  // namespace veleta::rows
