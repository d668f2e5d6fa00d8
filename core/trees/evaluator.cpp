#include "trees/evaluator.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "veleta/error.hpp"
#include "walk.hpp"

namespace veleta {

namespace {

/// Fewer rows than these are quicker one by one than in step.
constexpr size_t kFewRows = 8;

/// Rows that walk one tree before the next is touched: as many as stay in the first cache beside it.
constexpr size_t kBlockBytes = 32 * 1024;
constexpr size_t kMaxBlockRows = 256;

/// Room for one row's numbers: on the stack, unless it is uncommonly wide.
template <typename Number, size_t Few>
class Room {
 public:
  explicit Room(size_t count) : many_(count > Few ? count : 0) {}
  Number* data() { return many_.empty() ? few_.data() : many_.data(); }

 private:
  std::array<Number, Few> few_;
  std::vector<Number> many_;
};

/// See forest.hpp.
inline void prepare(float value, bool missing, uint32_t* low, uint32_t* high) {
  const uint32_t order = order_of(value);
  *low = missing ? kBelowAll : order;
  *high = missing ? kAboveAll : order;
}

/// `sentinels` may be null.
void prepare(const float* row, size_t columns, const float* sentinels, uint32_t* out) {
  if (sentinels)
    for (size_t i = 0; i < columns; ++i)
      prepare(row[i], std::isnan(row[i]) | (row[i] == sentinels[i]), out + i, out + columns + i);
  else
    for (size_t i = 0; i < columns; ++i) prepare(row[i], std::isnan(row[i]), out + i, out + columns + i);
}

std::string count_text(size_t trees) { return std::to_string(trees) + (trees == 1 ? " tree" : " trees"); }

std::string size_text(size_t bytes) {
  return bytes < 1'000'000 ? std::to_string((bytes + 500) / 1000) + " KB"
                           : std::to_string((bytes + 500'000) / 1'000'000) + " MB";
}

}  // namespace

class TreeEvaluator::Kept {
 public:
  virtual ~Kept() = default;
  virtual void margins(const MatrixView& rows, std::span<double> out) const = 0;
  virtual uint32_t outputs() const = 0;
  virtual size_t columns() const = 0;
  virtual size_t bytes() const = 0;
  virtual std::string layout() const = 0;
};

template <typename Sum>
class TreeEvaluator::KeptIn final : public Kept {
 public:
  KeptIn(const veleta_trees& trees, size_t columns, EvaluatorOptions options)
      : forest_(trees, columns, options.layout),
        stride_(std::max<size_t>(2 * columns, 1)),
        wide_(options.instructions != Instructions::kScalar && avx512_walk<Sum>(0)) {
    for (unsigned depth = 0; depth <= kMaxPaddedDepth; ++depth)
      walks_[depth] = wide_ ? avx512_walk<Sum>(depth) : scalar_walk<Sum>(depth);
    const size_t fitting = kBlockBytes / (sizeof(uint32_t) * stride_) / kLanes * kLanes;
    block_rows_ = std::clamp(fitting, kLanes, kMaxBlockRows);
  }

  void margins(const MatrixView& rows, std::span<double> out) const override {
    if (rows.rows < kFewRows)
      for (size_t row = 0; row < rows.rows; ++row) evaluate_row(rows.row(row), &out[row * forest_.outputs]);
    else
      evaluate_blocks(rows, out);
  }

  uint32_t outputs() const override { return forest_.outputs; }
  size_t columns() const override { return forest_.columns; }
  size_t bytes() const override { return forest_.bytes(); }

  std::string layout() const override {
    size_t padded = 0, flat = 0;
    unsigned depth = 0;
    for (const TreeGroup& group : forest_.groups) {
      (group.padded ? padded : flat) += group.trees;
      if (group.padded) depth = std::max(depth, group.depth);
    }
    std::string text;
    if (padded > 0) text = count_text(padded) + " padded to depth " + std::to_string(depth) + ", ";
    if (flat > 0) text += count_text(flat) + " kept flat, ";
    return text + size_text(bytes()) + (wide_ ? ", AVX-512" : ", scalar");
  }

 private:
  void evaluate_row(const float* row, double* out) const {
    Room<uint32_t, 1024> prepared(stride_);
    prepare(row, forest_.columns, sentinels(), prepared.data());
    if (forest_.outputs == 1)
      *out = add_up(prepared.data());
    else
      add_up(prepared.data(), out);
  }

  Sum add_up(const uint32_t* row) const {
    Sum sum = forest_.base_margins[0];
    std::array<Sum, kGroupTrees> leaves;
    for (const TreeGroup& group : forest_.groups) {
      find_leaves(forest_, group, row, leaves.data());
      for (size_t tree = 0; tree < group.trees; ++tree) sum += leaves[tree];
    }
    return sum;
  }

  void add_up(const uint32_t* row, double* out) const {
    Room<Sum, 64> sums(forest_.outputs);
    std::copy_n(forest_.base_margins.data(), forest_.outputs, sums.data());
    std::array<Sum, kGroupTrees> leaves;
    for (const TreeGroup& group : forest_.groups) {
      find_leaves(forest_, group, row, leaves.data());
      for (size_t tree = 0; tree < group.trees; ++tree)
        sums.data()[forest_.tree_output[group.first_tree + tree]] += leaves[tree];
    }
    std::copy_n(sums.data(), forest_.outputs, out);
  }

  void evaluate_blocks(const MatrixView& rows, std::span<double> out) const {
    std::vector<uint32_t> by_row(block_rows_ * stride_), by_slot(wide_ ? by_row.size() : 0);
    std::vector<Sum> sums(block_rows_ * forest_.outputs);
    for (size_t first = 0; first < rows.rows; first += block_rows_) {
      const size_t count = std::min(block_rows_, rows.rows - first);
      for (size_t row = 0; row < count; ++row)
        prepare(rows.row(first + row), forest_.columns, sentinels(), &by_row[row * stride_]);
      // Rows that fill up the last lanes are whatever the block before left there; nobody reads their sums.
      const size_t filled = (count + kLanes - 1) / kLanes * kLanes;
      if (wide_) lay_side_by_side(by_row, filled, by_slot);
      add_up_block({by_row.data(), by_slot.data(), stride_, filled}, sums);
      for (size_t row = 0; row < count; ++row)
        for (size_t output = 0; output < forest_.outputs; ++output)
          out[(first + row) * forest_.outputs + output] = sums[output * block_rows_ + row];
    }
  }

  void lay_side_by_side(const std::vector<uint32_t>& by_row, size_t count, std::vector<uint32_t>& by_slot) const {
    for (size_t first = 0; first < count; first += kLanes)
      for (size_t slot = 0; slot < stride_; ++slot)
        for (size_t lane = 0; lane < kLanes; ++lane)
          by_slot[first * stride_ + slot * kLanes + lane] = by_row[(first + lane) * stride_ + slot];
  }

  /// sums: block_rows_ of each output.
  void add_up_block(const PreparedRows& rows, std::vector<Sum>& sums) const {
    for (size_t output = 0; output < forest_.outputs; ++output)
      std::fill_n(&sums[output * block_rows_], rows.count, forest_.base_margins[output]);
    for (const TreeGroup& group : forest_.groups)
      for (size_t tree = 0; tree < group.trees; ++tree) {
        Sum* const to = &sums[forest_.tree_output[group.first_tree + tree] * block_rows_];
        if (group.padded)
          walks_[group.depth](padded_tree(group, tree), rows, to);
        else
          walk_flat(forest_, group, group.first_tree + tree, rows, to);
      }
  }

  PaddedTree<Sum> padded_tree(const TreeGroup& group, size_t tree) const {
    const size_t place = group.first + (tree << group.depth);
    return {&forest_.thresholds[place], &forest_.slots[place], &forest_.leaves[place]};
  }

  const float* sentinels() const { return forest_.sentinels.empty() ? nullptr : forest_.sentinels.data(); }

  Forest<Sum> forest_;
  size_t stride_;  ///< numbers of a prepared row; one where there are no columns, for leaves to look at
  bool wide_;      ///< walks read rows by slot
  std::array<PaddedWalk<Sum>, kMaxPaddedDepth + 1> walks_;
  size_t block_rows_;
};

TreeEvaluator::TreeEvaluator(const veleta_trees& trees, size_t columns, EvaluatorOptions options) {
  if (trees.single_precision)
    kept_ = std::make_unique<KeptIn<float>>(trees, columns, options);
  else
    kept_ = std::make_unique<KeptIn<double>>(trees, columns, options);
}

TreeEvaluator::TreeEvaluator(TreeEvaluator&&) noexcept = default;
TreeEvaluator& TreeEvaluator::operator=(TreeEvaluator&&) noexcept = default;
TreeEvaluator::~TreeEvaluator() = default;

void TreeEvaluator::margins(const MatrixView& rows, std::span<double> out) const {
  if (out.size() != rows.rows * outputs())
    throw Error(ErrorCode::kInvalidArgument, "expected room for " + std::to_string(rows.rows * outputs()) +
                                                 " margins, found " + std::to_string(out.size()));
  if (rows.rows > 0 && rows.columns != kept_->columns())
    throw Error(ErrorCode::kInvalidArgument, "expected rows of " + std::to_string(kept_->columns()) +
                                                 " columns, found " + std::to_string(rows.columns));
  kept_->margins(rows, out);
}

uint32_t TreeEvaluator::outputs() const { return kept_->outputs(); }
size_t TreeEvaluator::bytes() const { return kept_->bytes(); }
std::string TreeEvaluator::layout() const { return kept_->layout(); }

}  // namespace veleta
