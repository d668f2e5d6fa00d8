#pragma once

#include <optional>

#include "data/read_blocks.hpp"
#include "table_builder.hpp"

namespace veleta {

/// Table builders one after the other, each for a block of rows; the first one's schema holds for all.
class BlockBuilder {
 public:
  /// `block_cells` 0: all rows are one block.
  BlockBuilder(const ReadOptions& options, size_t block_cells, const TakeRows& take)
      : options_(options), block_cells_(block_cells), take_(take), builder_(std::in_place, options_) {}

  TableBuilder& table() { return *builder_; }
  /// Rows of all blocks so far.
  size_t row_count() const { return rows_before_ + builder_->row_count(); }
  /// Hands the rows over if they are enough for a block. Then true: slots of the old table are of no use any more.
  bool end_block_if_full() {
    if (block_cells_ == 0 || builder_->row_count() * builder_->column_count() < block_cells_) return false;
    ReadResult block = finish_block(false);
    options_.schema = block.schema;
    take_(std::move(block));
    builder_.emplace(options_);
    return true;
  }
  void finish(bool truncated_last_line = false) && { take_(finish_block(truncated_last_line)); }

 private:
  ReadResult finish_block(bool truncated_last_line) {
    const size_t rows = builder_->row_count();
    ReadResult block = std::move(*builder_).finish(truncated_last_line);
    for (ColumnIssues& issues : block.report.retyped) issues.retyped_row += rows_before_;
    rows_before_ += rows;
    return block;
  }

  ReadOptions options_;
  size_t block_cells_;
  const TakeRows& take_;
  std::optional<TableBuilder> builder_;
  size_t rows_before_ = 0;
};

}  // namespace veleta
