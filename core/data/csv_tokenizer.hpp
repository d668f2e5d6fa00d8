#pragma once

#include <string_view>
#include <vector>

#include "data/reader.hpp"

namespace veleta {

/// Cuts RFC 4180 CSV into rows of cells, block by block. Blank lines are passed over.
class CsvTokenizer {
 public:
  /// `bytes` must outlive it. A byte order mark is passed over.
  explicit CsvTokenizer(ByteReader& bytes);

  /// The next row's cells, unquoted; valid until the next call. False at the end.
  /// Throws kBadData, with the line, for text after a closing quote, a quote that never ends, and a row of over 16 MiB.
  bool next(std::vector<std::string_view>& cells);

  /// The line, from 1, at which the row began.
  size_t line() const { return line_; }
  /// The row is the last one, and the text ends without a line end after it.
  bool is_unended() const { return unended_ && begin_ == end_; }
  /// The text ended inside a quoted cell of its last line, which was not given.
  bool ended_in_quotes() const { return ended_in_quotes_; }

 private:
  struct Cell {
    size_t begin;
    size_t end;
    bool quoted;
    bool has_doubled_quotes;
  };
  enum class Scan { kRow, kMore };

  Scan scan_row();
  bool scan_quoted(size_t& at);
  void refill();
  void end_text();
  void end_in_quotes();
  bool is_blank_line() const;
  std::string_view unquote(const Cell& cell);

  ByteReader& bytes_;
  std::vector<char> buffer_;  ///< one byte longer than what is read into it: room for a line end
  size_t begin_ = 0;          ///< of the text not yet given
  size_t end_ = 0;
  bool at_end_ = false;  ///< the buffer holds all the rest
  bool unended_ = false;
  bool ended_in_quotes_ = false;
  std::vector<Cell> cells_;  ///< of the row scanned last
  size_t row_end_ = 0;
  size_t open_quote_ = 0;  ///< where the quote opened that the scan ended in; 0: in none
  size_t line_ = 0;
  size_t next_line_ = 1;
};

}  // namespace veleta
