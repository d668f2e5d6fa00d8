#include <fmt/format.h>
#include <algorithm>

#include "block_builder.hpp"
#include "cells.hpp"
#include "csv_tokenizer.hpp"
#include "data/csv_lines.hpp"
#include "plain_bytes.hpp"

namespace veleta {

namespace {

using Cells = std::vector<std::string_view>;

/// With names given, a first line that has other cells is a row: the file has no header.
bool is_header(const Cells& first_line, const std::vector<std::string>& names) {
  return names.empty() || std::ranges::all_of(first_line, [&](std::string_view cell) {
           return std::ranges::find(names, trim(cell)) != names.end();
         });
}

std::vector<std::string> header_names(const Cells& cells) {
  std::vector<std::string> names;
  for (const auto cell : cells) {
    const std::string_view name = trim(cell);
    names.push_back(name.empty() ? fmt::format("column_{}", names.size() + 1) : std::string(name));
    if (std::ranges::count(names, names.back()) > 1)
      throw Error(ErrorCode::kBadData, fmt::format("the header names column '{}' twice", names.back()));
  }
  return names;
}

class CsvReader {
 public:
  CsvReader(ByteReader& bytes, const ReadOptions& options, size_t block_cells, const TakeRows& take)
      : rows_(bytes), names_(options.rules.names), builder_(options, block_cells, take) {}

  void read() && {
    Cells cells;
    if (!rows_.next(cells)) throw Error(ErrorCode::kBadData, "the CSV is empty: it has no header line");
    const bool has_header = is_header(cells, names_);
    if (has_header) names_ = header_names(cells);
    find_slots();
    if (!has_header) add_row(cells);
    while (rows_.next(cells)) add_row(cells);
    std::move(builder_).finish(truncated_ || rows_.ended_in_quotes());
  }

 private:
  void find_slots() {
    slots_.clear();
    for (const auto& name : names_) slots_.push_back(builder_.table().slot(name));
  }

  void add_row(const Cells& cells) {
    if (cells.size() < names_.size() && rows_.is_unended()) {
      truncated_ = true;
      return;
    }
    if (cells.size() != names_.size())
      throw Error(ErrorCode::kBadData, fmt::format("line {} has {} cells: expected {}, as the header has", rows_.line(),
                                                   cells.size(), names_.size()));
    TableBuilder& table = builder_.table();
    for (size_t i = 0; i < cells.size(); ++i)
      if (slots_[i] != TableBuilder::kLeftOut) table.column(slots_[i]).add_text(cells[i]);
    table.finish_row();
    if (builder_.end_block_if_full()) find_slots();
  }

  CsvTokenizer rows_;
  std::vector<std::string> names_;
  std::vector<size_t> slots_;
  BlockBuilder builder_;
  bool truncated_ = false;
};

}  // namespace

void read_csv_blocks(ByteReader& bytes, const ReadOptions& options, size_t block_cells, const TakeRows& take) {
  PlainBytes plain(bytes);
  CsvReader(plain, options, block_cells, take).read();
}

ReadResult read_csv(ByteReader& bytes, const ReadOptions& options) {
  ReadResult all;
  read_csv_blocks(bytes, options, 0, [&](ReadResult&& rows) { all = std::move(rows); });
  return all;
}

size_t csv_line_of_row(ByteReader& bytes, const ReadOptions& options, size_t row) {
  PlainBytes plain(bytes);
  CsvTokenizer rows(plain);
  Cells cells;
  if (!rows.next(cells)) return 0;
  for (size_t left = row + (is_header(cells, options.rules.names) ? 1 : 0); left > 0; --left)
    if (!rows.next(cells)) return 0;
  return rows.line();
}

}  // namespace veleta
