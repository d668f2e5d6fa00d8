#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "data/reader.hpp"

namespace veleta {

/// Gives a text in pieces of at most `piece_bytes`.
class PieceReader final : public ByteReader {
 public:
  PieceReader(std::string text, size_t piece_bytes) : text_(std::move(text)), piece_bytes_(piece_bytes) {}
  size_t read(char* buffer, size_t capacity) override {
    const size_t count = text_.copy(buffer, std::min(capacity, piece_bytes_), position_);
    position_ += count;
    return count;
  }

 private:
  std::string text_;
  size_t piece_bytes_;
  size_t position_ = 0;
};

inline ReadResult csv(const std::string& text, const ReadOptions& options = {}) {
  return read_csv(*read_text(text), options);
}

inline ReadResult json_rows(const std::string& text, const std::string& rows_pointer = "", ReadOptions options = {}) {
  options.rows_pointer = rows_pointer;
  return read_json_rows(*read_text(text), options);
}

/// The cells of a column as people read them; "" where missing.
inline std::vector<std::string> texts(const Table& table, std::string_view column) {
  std::vector<std::string> result;
  for (size_t row = 0; row < table.row_count(); ++row) result.push_back(table.at(column).text(row));
  return result;
}

/// What `read` throws: its code and its message. The code is kInternal and the message empty where it throws nothing.
template <typename Read>
Error error_of(Read&& read) {
  try {
    read();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kInternal, "");
}

}  // namespace veleta
