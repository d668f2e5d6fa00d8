#include <fmt/format.h>
#include <simdjson.h>

#include "block_builder.hpp"
#include "cells.hpp"
#include "json_row_scanner.hpp"
#include "plain_bytes.hpp"

namespace veleta {

namespace {

namespace ondemand = simdjson::ondemand;
static_assert(kJsonBlockPadding_bytes >= simdjson::SIMDJSON_PADDING);

/// Parses blocks of rows into a table.
class JsonRowParser {
 public:
  JsonRowParser(const ReadOptions& options, size_t block_cells, const TakeRows& take)
      : options_(options), builder_(options, block_cells, take) {}

  /// Gives the count of rows so far.
  size_t read(const JsonRowBlock& block) {
    row_begin_ = block.text;
    try {
      auto document = parser_.iterate(block.text, block.size, block.capacity);
      for (ondemand::value row : document.get_array()) add_row(row);
    } catch (const simdjson::simdjson_error& error) {
      throw Error(
          ErrorCode::kBadData,
          fmt::format("the JSON document is broken in row {} (from 0), at or after byte {}: {}", builder_.row_count(),
                      block.offset + static_cast<size_t>(row_begin_ - block.text), error.what()));
    }
    if (builder_.end_block_if_full()) {
      keys_.clear();
      list_slots_.clear();
    }
    return builder_.row_count();
  }

  void finish() && { std::move(builder_).finish(); }

 private:
  /// A name as the last rows had it in this place, and where its cells go.
  struct Key {
    std::string name;
    size_t slot;
  };

  void add_row(ondemand::value row) {
    row_begin_ = row.raw_json_token().data();
    switch (row.type()) {
      case ondemand::json_type::object: add_object(row.get_object()); break;
      case ondemand::json_type::array: add_list(row.get_array()); break;
      default:
        throw Error(ErrorCode::kBadData, fmt::format("row {} (from 0) is {}: expected an object or a list",
                                                     builder_.row_count(), trim(row.raw_json_token())));
    }
    builder_.table().finish_row();
  }

  void add_object(ondemand::object row) {
    size_t place = 0;
    for (auto field : row) add_cell(slot_of(field, place++), field.value());
  }

  /// Rows mostly have the same names in the same order: one comparison instead of a search.
  template <typename Field>
  size_t slot_of(Field& field, size_t place) {
    const ondemand::raw_json_string raw = field.key();
    if (place < keys_.size() && raw.unsafe_is_equal(keys_[place].name)) return keys_[place].slot;
    const std::string_view name = field.unescaped_key();
    const size_t slot = builder_.table().slot(name);
    if (place == keys_.size()) keys_.push_back({});
    // A raw comparison would mistake the text behind a backslash.
    if (name.find('\\') == std::string_view::npos && place < keys_.size()) keys_[place] = {std::string(name), slot};
    return slot;
  }

  void add_list(ondemand::array row) {
    if (list_slots_.empty()) name_list_cells();
    size_t place = 0;
    for (ondemand::value cell : row) {
      if (place < list_slots_.size()) add_cell(list_slots_[place], cell);
      ++place;
    }
    if (place != list_slots_.size())
      throw Error(ErrorCode::kBadData, fmt::format("row {} (from 0) has {} cells: expected {}, one for each name",
                                                   builder_.row_count(), place, list_slots_.size()));
  }

  void name_list_cells() {
    const bool named = !options_.rules.names.empty();
    if (!named && !options_.schema)
      throw Error(ErrorCode::kBadData,
                  "the rows are lists: the names of their cells must be given, in [columns] names");
    for (const auto& name : named ? options_.rules.names : options_.schema->names())
      list_slots_.push_back(builder_.table().slot(name));
  }

  void add_cell(size_t slot, ondemand::value cell) {
    if (slot == TableBuilder::kLeftOut) return;
    ColumnBuilder& column = builder_.table().column(slot);
    if (builder_.table().is_filled(slot))
      throw Error(ErrorCode::kBadData,
                  fmt::format("row {} (from 0) has '{}' twice", builder_.row_count(), column.name()));
    switch (cell.type()) {
      case ondemand::json_type::string: return column.add_text(cell.get_string());
      case ondemand::json_type::number: {
        // A whole number of many digits, such as a code, would lose the last of them as a double.
        const std::string_view spelling = trim(cell.raw_json_token());
        const bool is_whole = spelling.find_first_of(".eE") == std::string_view::npos;
        return is_whole ? column.add_number(cell.get_double(), spelling) : column.add_number(cell.get_double());
      }
      case ondemand::json_type::boolean: return column.add_boolean(cell.get_bool());
      case ondemand::json_type::null:
        if (!cell.is_null()) throw simdjson::simdjson_error(simdjson::N_ATOM_ERROR);
        return column.add_missing();
      case ondemand::json_type::object: return column.add_misfit("an object");
      case ondemand::json_type::array: return column.add_misfit("a list");
    }
  }

  const ReadOptions& options_;
  ondemand::parser parser_;
  BlockBuilder builder_;
  const char* row_begin_ = nullptr;  ///< in the block being read
  std::vector<Key> keys_;
  std::vector<size_t> list_slots_;
};

}  // namespace

namespace {

/// Gives the document without its rows.
json::value read_rows(ByteReader& bytes, const ReadOptions& options, size_t block_cells, const TakeRows& take) {
  PlainBytes plain(bytes);
  JsonRowParser parser(options, block_cells, take);
  JsonRowScanner scanner(plain, options.rows_pointer, [&](const JsonRowBlock& block) { return parser.read(block); });
  const std::string envelope = std::move(scanner).scan();
  std::move(parser).finish();
  return parse_json(envelope, "the JSON document around the rows");
}

}  // namespace

void read_json_row_blocks(ByteReader& bytes, const ReadOptions& options, size_t block_cells, const TakeRows& take) {
  read_rows(bytes, options, block_cells, take);
}

ReadResult read_json_rows(ByteReader& bytes, const ReadOptions& options) {
  ReadResult all;
  json::value envelope = read_rows(bytes, options, 0, [&](ReadResult&& rows) { all = std::move(rows); });
  all.envelope = std::move(envelope);
  return all;
}

}  // namespace veleta
