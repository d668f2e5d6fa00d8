#include "row_reader.hpp"

#include <zlib.h>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace csv_source {

namespace {
constexpr unsigned kBlock_bytes = 256 * 1024;
constexpr size_t kLongestRow_bytes = size_t{16} << 20;  // as the host's reader has it

/// Of each cell whether it begins with a digit, as numbers and dates do.
std::vector<bool> begin_with_digits(std::string_view text) {
  std::vector<bool> cells;
  bool in_quotes = false, is_begun = false;
  cells.push_back(false);
  for (const char c : text) {
    if (c == '"') in_quotes = !in_quotes;
    if (c == ',' && !in_quotes) {
      cells.push_back(false);
      is_begun = false;
    } else if (!is_begun && std::string_view("\" \t+-.").find(c) == std::string_view::npos) {
      cells.back() = c >= '0' && c <= '9';
      is_begun = true;
    }
  }
  return cells;
}
}  // namespace

bool looks_like_row(const Row& line, const Row& row) {
  const std::vector<bool> names = begin_with_digits(line.text), cells = begin_with_digits(row.text);
  size_t digits = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] && !(i < names.size() && names[i])) return false;
    digits += cells[i];
  }
  return digits > 0;
}

RowReader::RowReader(const std::filesystem::path& file) : file_(::gzopen(file.c_str(), "rb")) {
  if (!file_) throw std::runtime_error("cannot open " + file.string());
  ::gzbuffer(file_, kBlock_bytes);
}

RowReader::~RowReader() { ::gzclose(file_); }

bool RowReader::fill() {
  block_.resize(kBlock_bytes);
  const int count = ::gzread(file_, block_.data(), kBlock_bytes);
  int code = Z_OK;
  const char* words = ::gzerror(file_, &code);
  if (count < 0) throw std::runtime_error(words);
  if (count == 0 && code == Z_BUF_ERROR) throw std::runtime_error("the compressed file is cut short");
  block_.resize(static_cast<size_t>(count));
  position_ = 0;
  return count > 0;
}

bool RowReader::next(Row& row) {
  do
    if (!next_line(row)) return false;
  while (row.text == "\n" || row.text == "\r\n");
  return true;
}

/// A cell is quoted if a quote is its first character; a quote further on is a character like others.
bool RowReader::next_line(Row& row) {
  row = Row{std::move(row.text)};
  row.text.clear();
  bool starts_cell = true, closed = false;
  if (is_first_row_) pass_byte_order_mark(row);
  while (position_ < block_.size() || fill()) {
    if (row.text.size() > kLongestRow_bytes)
      throw std::runtime_error("a row is longer than 16 MiB: does a quote in it never end?");
    while (position_ < block_.size()) {
      const char c = block_[position_++];
      row.text += c;
      if (row.in_quotes) {
        row.in_quotes = c != '"';
        closed = !row.in_quotes;
        continue;
      }
      row.in_quotes = c == '"' && (starts_cell || closed);  // after closing: a doubled quote opens it again
      starts_cell = c == ',';
      closed = false;
      if (c == ',' || c == '\n') ++row.cells;
      if (c == '\n') return row.is_ended = true;
    }
  }
  if (row.text.empty()) return false;
  ++row.cells;
  return true;
}

void RowReader::pass_byte_order_mark(Row& row) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  is_first_row_ = false;
  if (block_.empty()) fill();
  if (!std::string_view(block_).starts_with(kMark)) return;
  row.text = kMark;
  position_ = kMark.size();
}

}  // namespace csv_source
