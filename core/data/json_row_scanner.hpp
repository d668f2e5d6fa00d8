#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/reader.hpp"

namespace veleta {

/// Part of a document's rows, as a JSON array of its own with room after it for simdjson to read over its end.
struct JsonRowBlock {
  char* text;
  size_t size;
  size_t capacity;
  uint64_t offset;  ///< of `text` in the document
};

/// So many bytes of a block's capacity lie behind its text.
constexpr size_t kJsonBlockPadding_bytes = 64;

/// Walks a JSON document that comes block by block, to the array of rows at a JSON pointer, and cuts the array into
/// blocks of whole rows. Looks only at structure: who gets the blocks checks their content.
class JsonRowScanner {
 public:
  /// Gets a block, and gives the count of rows in all blocks so far.
  using TakeBlock = std::function<size_t(const JsonRowBlock&)>;

  /// `bytes` must outlive it.
  JsonRowScanner(ByteReader& bytes, const std::string& rows_pointer, TakeBlock take_block);

  /// Reads the whole document. Returns it without its rows: an empty array stands in their place.
  /// Throws kBadData where the document breaks or ends early, has no array at the pointer, or more than 16 MiB besides
  /// it.
  std::string scan() &&;

 private:
  // Walking: byte by byte, copied to the envelope.
  bool has_more();
  char peek();
  void copy();
  void expect(char wanted, const char* after);
  void skip_blanks();
  std::string copy_string();
  void copy_value();
  void walk(size_t depth);
  void walk_object(size_t depth);
  void walk_array(size_t depth);
  [[noreturn]] void fail_without_rows(const std::string& reason) const;

  // Rows: cut out of the buffer in place.
  void scan_rows();
  void scan_structure();
  void scan_string();
  bool has_text(size_t begin, size_t end) const;
  void hand_over(size_t end);
  void refill(size_t keep_from);
  [[noreturn]] void fail_at_end() const;
  uint64_t offset_of(size_t position) const { return buffer_offset_ + position - 1; }

  ByteReader& bytes_;
  std::string rows_pointer_;
  std::vector<std::string> path_;
  TakeBlock take_block_;
  std::string envelope_;
  std::vector<std::string> members_;  ///< of the object where the path goes on, for messages
  bool found_ = false;

  std::vector<char> buffer_;  ///< text from 1 to end_: the first byte is room for a '['
  size_t position_ = 1;
  size_t end_ = 1;
  uint64_t buffer_offset_ = 0;  ///< of buffer_[1] in the document
  bool at_end_ = false;         ///< the buffer holds all the rest

  // Where the scan of the rows stands.
  size_t rows_begin_ = 0;  ///< of the rows not yet handed over
  size_t cut_ = 0;         ///< the last comma between rows; 0: none since rows_begin_
  size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool rows_ended_ = false;
  size_t row_count_ = 0;
};

}  // namespace veleta
