#include <fmt/format.h>
#include <algorithm>

#include "cells.hpp"
#include "csv_tokenizer.hpp"
#include "data/csv_lines.hpp"
#include "plain_bytes.hpp"
#include "table_builder.hpp"

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
  CsvReader(ByteReader& bytes, const ReadOptions& options)
      : rows_(bytes), names_(options.rules.names), builder_(options) {}

  ReadResult read() && {
    Cells cells;
    if (!rows_.next(cells)) throw Error(ErrorCode::kBadData, "the CSV is empty: it has no header line");
    const bool has_header = is_header(cells, names_);
    if (has_header) names_ = header_names(cells);
    for (const auto& name : names_) slots_.push_back(builder_.slot(name));
    if (!has_header) add_row(cells);
    while (rows_.next(cells)) add_row(cells);
    return std::move(builder_).finish(truncated_ || rows_.ended_in_quotes());
  }

 private:
  void add_row(const Cells& cells) {
    if (cells.size() < names_.size() && rows_.is_unended()) {
      truncated_ = true;
      return;
    }
    if (cells.size() != names_.size())
      throw Error(ErrorCode::kBadData, fmt::format("line {} has {} cells: expected {}, as the header has", rows_.line(),
                                                   cells.size(), names_.size()));
    for (size_t i = 0; i < cells.size(); ++i)
      if (slots_[i] != TableBuilder::kLeftOut) builder_.column(slots_[i]).add_text(cells[i]);
    builder_.finish_row();
  }

  CsvTokenizer rows_;
  std::vector<std::string> names_;
  std::vector<size_t> slots_;
  TableBuilder builder_;
  bool truncated_ = false;
};

}  // namespace

ReadResult read_csv(ByteReader& bytes, const ReadOptions& options) {
  PlainBytes plain(bytes);
  return CsvReader(plain, options).read();
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
