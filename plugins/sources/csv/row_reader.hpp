#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct gzFile_s;

namespace csv_source {

/// A row's text as it stands in the file, line break included.
struct Row {
  std::string text;
  size_t cells = 0;
  bool is_ended = false;   ///< by a line break
  bool in_quotes = false;  ///< the file ends inside a quoted cell
};

/// Whether a line that should name the columns looks like a row: its cells begin with digits wherever the row's do,
/// which some must.
bool looks_like_row(const Row& line, const Row& row);

/// The rows of a CSV file, plain or gzip, one after the other: cut where the host cuts them when it reads the payload.
class RowReader {
 public:
  /// Throws std::runtime_error where the file cannot be opened.
  explicit RowReader(const std::filesystem::path& file);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  /// The next row; false at the end. A line break inside quotes belongs to the row; blank lines are passed over. Throws
  /// std::runtime_error where the bytes cannot be read or a row is longer than 16 MiB.
  bool next(Row& row);

 private:
  bool fill();
  bool next_line(Row& row);
  void pass_byte_order_mark(Row& row);

  ::gzFile_s* file_;
  std::string block_;
  size_t position_ = 0;
  bool is_first_row_ = true;
};

}  // namespace csv_source
