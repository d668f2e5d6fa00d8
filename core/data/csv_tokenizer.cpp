#include "csv_tokenizer.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>

#include "plain_bytes.hpp"

namespace veleta {

namespace {

constexpr size_t kBlock_bytes = size_t{1} << 20;
constexpr size_t kLongestRow_bytes = size_t{16} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvTokenizer::CsvTokenizer(ByteReader& bytes) : bytes_(bytes), buffer_(kBlock_bytes) {
  refill();
  if (std::string_view(buffer_.data(), end_).starts_with(kByteOrderMark)) begin_ = kByteOrderMark.size();
}

bool CsvTokenizer::next(std::vector<std::string_view>& cells) {
  for (;;) {
    if (begin_ == end_ && at_end_) return false;
    line_ = next_line_;
    if (scan_row() == Scan::kMore) {
      if (at_end_) {
        end_in_quotes();
        return false;
      }
      refill();
      continue;
    }
    next_line_ += static_cast<size_t>(std::count(buffer_.data() + begin_, buffer_.data() + row_end_, '\n'));
    begin_ = row_end_;
    if (is_blank_line()) continue;
    cells.clear();
    for (const Cell& cell : cells_) cells.push_back(unquote(cell));
    return true;
  }
}

/// Finds the cells of the row at begin_; kMore where the buffer ends within it.
CsvTokenizer::Scan CsvTokenizer::scan_row() {
  cells_.clear();
  const char* const text = buffer_.data();
  for (size_t at = begin_; at < end_; ++at) {
    if (text[at] == '"') {
      if (!scan_quoted(at)) return Scan::kMore;
    } else {
      const size_t start = at;
      while (at < end_ && text[at] != ',' && text[at] != '\n') ++at;
      if (at == end_) return Scan::kMore;
      const bool has_return = text[at] == '\n' && at > start && text[at - 1] == '\r';
      cells_.push_back({start, at - has_return, false, false});
    }
    if (text[at] == '\n') {
      row_end_ = at + 1;
      return Scan::kRow;
    }
  }
  return Scan::kMore;
}

/// Takes the quoted cell at `at`, which it moves to the comma or line end after it. False where the buffer ends first.
bool CsvTokenizer::scan_quoted(size_t& at) {
  const char* const text = buffer_.data();
  open_quote_ = at;
  Cell cell{at + 1, at + 1, true, false};
  for (;;) {
    const auto* quote = static_cast<const char*>(std::memchr(text + cell.end, '"', end_ - cell.end));
    if (!quote) return false;
    cell.end = static_cast<size_t>(quote - text);
    if (cell.end + 1 == end_) return false;
    if (text[cell.end + 1] != '"') break;
    cell.has_doubled_quotes = true;
    cell.end += 2;
  }
  at = cell.end + 1;
  while (at < end_ && (text[at] == ' ' || text[at] == '\r')) ++at;
  if (at == end_) return false;
  if (text[at] != ',' && text[at] != '\n')
    throw Error(ErrorCode::kBadData,
                fmt::format("line {} has text after the closing quote of cell {}: expected a comma, found '{}'", line_,
                            cells_.size() + 1, text[at]));
  cells_.push_back(cell);
  return true;
}

void CsvTokenizer::refill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ + 1 == buffer_.size()) {
    if (buffer_.size() >= kLongestRow_bytes)
      throw Error(ErrorCode::kBadData,
                  fmt::format("the row at line {} is longer than 16 MiB: does a quote in it never end?", line_));
    buffer_.resize(buffer_.size() * 2);
  }
  const size_t room = buffer_.size() - 1 - end_;
  const size_t count = read_full(bytes_, buffer_.data() + end_, room);
  end_ += count;
  if (count < room) end_text();
}

void CsvTokenizer::end_text() {
  at_end_ = true;
  unended_ = end_ > begin_ && buffer_[end_ - 1] != '\n';
  if (unended_) buffer_[end_++] = '\n';
}

/// The text is over and the row is not: a last line cut short, unless the quote took in whole lines after it.
void CsvTokenizer::end_in_quotes() {
  const char* const text = buffer_.data();
  const size_t text_end = end_ - unended_;
  if (std::find(text + open_quote_, text + text_end, '\n') != text + text_end) {
    const auto lines = static_cast<size_t>(std::count(text + begin_, text + open_quote_, '\n'));
    throw Error(ErrorCode::kBadData, fmt::format("the quote that opens in line {} never ends", line_ + lines));
  }
  ended_in_quotes_ = true;
  begin_ = end_;
}

bool CsvTokenizer::is_blank_line() const {
  return cells_.size() == 1 && !cells_[0].quoted && cells_[0].begin == cells_[0].end;
}

/// Writes over the row, which nobody scans again.
std::string_view CsvTokenizer::unquote(const Cell& cell) {
  char* const text = buffer_.data() + cell.begin;
  const size_t size = cell.end - cell.begin;
  if (!cell.has_doubled_quotes) return {text, size};
  size_t written = 0;
  for (size_t read = 0; read < size; ++read) {
    text[written++] = text[read];
    if (text[read] == '"') ++read;
  }
  return {text, written};
}

}  // namespace veleta
