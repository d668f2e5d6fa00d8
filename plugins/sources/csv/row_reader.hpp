#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct gzFile_s;

namespace csv_source {

/// The rows of a CSV file, plain or gzip, one raw text after the other, line break included.
class RowReader {
 public:
  /// Throws std::runtime_error where the file cannot be opened.
  explicit RowReader(const std::filesystem::path& file);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  /// The next row; false at the end. A line break inside quotes belongs to the row. Throws where the bytes cannot be
  /// read.
  bool next(std::string& row);

 private:
  bool fill();

  ::gzFile_s* file_;
  std::string block_;
  size_t position_ = 0;
};

}  // namespace csv_source
