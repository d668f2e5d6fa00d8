#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "table_builder.hpp"

// The layouts are those of https://arrow.apache.org/docs/format/Columnar.html.

namespace veleta {

namespace {

/// Calls the release callback of an Arrow struct at the end of its life.
template <typename Struct>
struct Releasing {
  Struct value{};
  Releasing() = default;
  ~Releasing() {
    if (value.release) value.release(&value);
  }
  Releasing(const Releasing&) = delete;
  Releasing& operator=(const Releasing&) = delete;
};

/// The rows of one column in one batch.
struct Cells {
  const ArrowArray& array;
  const ArrowArray& rows;  ///< the struct array that the column belongs to; its offset moves its columns' too
  const std::string& name;

  size_t count() const { return static_cast<size_t>(rows.length); }
  size_t index(size_t row) const { return static_cast<size_t>(array.offset + rows.offset) + row; }
  bool is_present(size_t row) const {
    return has_bit(rows, static_cast<size_t>(rows.offset) + row) && has_bit(array, index(row));
  }
  template <typename Value>
  const Value* values(int64_t buffer = 1) const {
    return static_cast<const Value*>(array.buffers[buffer]);
  }
  static bool has_bit(const ArrowArray& of, size_t at) {
    const auto* bits = of.n_buffers > 0 ? static_cast<const uint8_t*>(of.buffers[0]) : nullptr;
    return !bits || (bits[at / 8] >> (at % 8) & 1);
  }
};

[[noreturn]] void fail(const std::string& column, const std::string& reason) {
  throw Error(ErrorCode::kBadData, fmt::format("column '{}' of the Arrow stream {}", column, reason));
}

/// What a plugin hands over is checked before it is followed.
void check_array(const ArrowArray& array, int64_t buffer_count, const std::string& column) {
  if (array.length < 0 || array.offset < 0)
    fail(column, fmt::format("has the length {} and the offset {}", array.length, array.offset));
  if (array.n_buffers != buffer_count || !array.buffers)
    fail(column, fmt::format("has {} buffers: expected {}", array.n_buffers, buffer_count));
  if (array.length > 0 && !array.buffers[1]) fail(column, "lacks the buffer of its values");
}

bool is_text(std::string_view format) { return format == "u" || format == "U"; }

/// Calls `add(value)` for each present cell, and add_missing for the others.
template <typename Value, typename Add>
void add_each(const Cells& cells, ColumnBuilder& column, Add&& add) {
  const auto* values = cells.values<Value>();
  for (size_t row = 0; row < cells.count(); ++row)
    cells.is_present(row) ? add(values[cells.index(row)]) : column.add_missing();
}

template <typename Integer>
void add_integers(const Cells& cells, ColumnBuilder& column) {
  add_each<Integer>(cells, column, [&](Integer value) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    column.add_number(static_cast<double>(value), {text, static_cast<size_t>(end - text)});
  });
}

template <typename Float>
void add_floats(const Cells& cells, ColumnBuilder& column) {
  add_each<Float>(cells, column, [&](Float value) {
    if (std::isnan(value))
      column.add_missing();
    else if (std::isinf(value))
      column.add_misfit(value > 0 ? "inf" : "-inf");
    else
      column.add_number(static_cast<double>(value));
  });
}

template <typename Integer>
void add_times(const Cells& cells, ColumnBuilder& column, double units_per_second) {
  add_each<Integer>(cells, column,
                    [&](Integer value) { column.add_time(static_cast<double>(value) / units_per_second); });
}

void add_booleans(const Cells& cells, ColumnBuilder& column) {
  const auto* bits = cells.values<uint8_t>();
  for (size_t row = 0; row < cells.count(); ++row) {
    const size_t at = cells.index(row);
    cells.is_present(row) ? column.add_boolean(bits[at / 8] >> (at % 8) & 1) : column.add_missing();
  }
}

template <typename Offset>
std::string_view text_at(const Cells& cells, size_t row) {
  const auto* offsets = cells.values<Offset>() + cells.index(row);
  if (offsets[0] < 0 || offsets[1] < offsets[0]) fail(cells.name, "has text offsets that do not ascend");
  const size_t size = static_cast<size_t>(offsets[1] - offsets[0]);
  if (size > 0 && !cells.array.buffers[2]) fail(cells.name, "lacks the buffer of its texts");
  return size == 0 ? std::string_view() : std::string_view(cells.values<char>(2) + offsets[0], size);
}

template <typename Offset>
void add_texts(const Cells& cells, ColumnBuilder& column) {
  for (size_t row = 0; row < cells.count(); ++row)
    cells.is_present(row) ? column.add_text(text_at<Offset>(cells, row)) : column.add_missing();
}

/// The texts of a dictionary; empty where an entry is null, which reads as missing.
std::vector<std::string_view> dictionary_texts(const ArrowArray& dictionary, char format, const std::string& name) {
  check_array(dictionary, 3, name);
  ArrowArray whole{};
  whole.length = dictionary.length;
  const Cells cells{dictionary, whole, name};
  std::vector<std::string_view> texts(cells.count());
  for (size_t i = 0; i < texts.size(); ++i)
    if (cells.is_present(i)) texts[i] = format == 'u' ? text_at<int32_t>(cells, i) : text_at<int64_t>(cells, i);
  return texts;
}

template <typename Index>
void add_dictionary(const Cells& cells, ColumnBuilder& column, char format) {
  if (!cells.array.dictionary) fail(cells.name, "lacks its dictionary");
  const auto texts = dictionary_texts(*cells.array.dictionary, format, cells.name);
  add_each<Index>(cells, column, [&](Index index) {
    const auto code = static_cast<uint64_t>(static_cast<int64_t>(index));  // a negative one is too large
    if (code >= texts.size()) fail(cells.name, fmt::format("has code {} in a dictionary of {}", index, texts.size()));
    column.add_text(texts[code]);
  });
}

/// Calls `use` with a value of the integer type that the format names; false where it names none.
template <typename Use>
bool with_integer_type(char format, Use&& use) {
  switch (format) {
    case 'c': use(int8_t{}); return true;
    case 'C': use(uint8_t{}); return true;
    case 's': use(int16_t{}); return true;
    case 'S': use(uint16_t{}); return true;
    case 'i': use(int32_t{}); return true;
    case 'I': use(uint32_t{}); return true;
    case 'l': use(int64_t{}); return true;
    case 'L': use(uint64_t{}); return true;
    default: return false;
  }
}

double units_per_second(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 1e3;
    case 'u': return 1e6;
    default: return 1e9;
  }
}

[[noreturn]] void refuse(const ArrowSchema& type, const std::string& name) {
  const std::string format = type.dictionary ? fmt::format("dictionary of '{}'", type.dictionary->format) : type.format;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("column '{}' of the Arrow stream has the type {}: expected integers, floats, booleans, utf8, "
                          "large_utf8, a dictionary of them, date32, date64 or timestamps",
                          name, format));
}

/// Adds a batch's cells of one column, or refuses its type. `cells` absent: only checks the type.
void add_cells(const ArrowSchema& type, const Cells* cells, ColumnBuilder* column, const std::string& name) {
  const std::string_view format = type.format;
  if (cells) check_array(cells->array, is_text(format) ? 3 : 2, name);
  const auto add = [&](auto&& how) {
    if (cells && cells->count() > 0) how(*cells, *column);
  };
  if (type.dictionary) {
    const std::string_view texts = type.dictionary->format;
    const bool known =
        is_text(texts) && with_integer_type(format[0], [&](auto index) {
          add([&](const Cells& c, ColumnBuilder& to) { add_dictionary<decltype(index)>(c, to, texts[0]); });
        });
    if (!known) refuse(type, name);
  } else if (format.size() == 1 &&
             with_integer_type(format[0], [&](auto value) { add(add_integers<decltype(value)>); })) {
  } else if (format == "f") {
    add(add_floats<float>);
  } else if (format == "g") {
    add(add_floats<double>);
  } else if (format == "b") {
    add(add_booleans);
  } else if (format == "u") {
    add(add_texts<int32_t>);
  } else if (format == "U") {
    add(add_texts<int64_t>);
  } else if (format == "tdD") {
    add([](const Cells& c, ColumnBuilder& to) { add_times<int32_t>(c, to, 1.0 / 86400); });
  } else if (format == "tdm") {
    add([](const Cells& c, ColumnBuilder& to) { add_times<int64_t>(c, to, 1e3); });
  } else if (format.size() >= 4 && format.starts_with("ts") && format[3] == ':') {
    add([&](const Cells& c, ColumnBuilder& to) { add_times<int64_t>(c, to, units_per_second(format[2])); });
  } else {
    refuse(type, name);
  }
}

class ArrowReader {
 public:
  ArrowReader(ArrowArrayStream& stream, const ReadOptions& options) : builder_(options) {
    if (!stream.release) throw Error(ErrorCode::kInvalidArgument, "the Arrow stream is released already");
    stream_.value = std::exchange(stream, ArrowArrayStream{});
  }

  ReadResult read() && {
    check(stream_.value.get_schema(&stream_.value, &schema_.value));
    read_schema();
    for (;;) {
      Releasing<ArrowArray> batch;
      check(stream_.value.get_next(&stream_.value, &batch.value));
      if (!batch.value.release) return std::move(builder_).finish();
      add_batch(batch.value);
    }
  }

 private:
  void check(int status) {
    if (status == 0) return;
    const char* reason = stream_.value.get_last_error(&stream_.value);
    throw Error(ErrorCode::kBadData,
                fmt::format("the Arrow stream failed: {}", reason ? reason : "it does not say why"));
  }

  void read_schema() {
    if (!schema_.value.format || std::string_view(schema_.value.format) != "+s")
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("the Arrow stream has the type '{}': expected structs, one a row",
                              schema_.value.format ? schema_.value.format : ""));
    if (schema_.value.n_children < 0 || (schema_.value.n_children > 0 && !schema_.value.children))
      throw Error(ErrorCode::kBadData, "the Arrow stream's schema lacks its columns");
    for (int64_t i = 0; i < schema_.value.n_children; ++i) {
      const ArrowSchema& type = typed(schema_.value.children[i], i);
      std::string name = type.name && *type.name ? type.name : fmt::format("column_{}", i + 1);
      if (std::ranges::find(names_, name) != names_.end()) fail(name, "is there twice");
      slots_.push_back(builder_.slot(name));
      names_.push_back(std::move(name));
      if (slots_.back() != TableBuilder::kLeftOut) add_cells(type, nullptr, nullptr, names_.back());
    }
  }

  static const ArrowSchema& typed(const ArrowSchema* column, int64_t position) {
    const bool has_type = column && column->format && (!column->dictionary || column->dictionary->format);
    if (!has_type)
      throw Error(ErrorCode::kBadData, fmt::format("column {} of the Arrow stream has no type", position + 1));
    return *column;
  }

  void check_batch(const ArrowArray& rows) const {
    const bool has_columns = rows.n_children == 0 || rows.children;
    const bool has_validity = rows.n_buffers <= 0 || rows.buffers;
    if (rows.length < 0 || rows.offset < 0 || !has_columns || !has_validity)
      throw Error(ErrorCode::kBadData,
                  "a batch of the Arrow stream lacks its columns, or has a negative length or offset");
  }

  void add_batch(const ArrowArray& rows) {
    if (rows.n_children != schema_.value.n_children)
      throw Error(ErrorCode::kBadData, fmt::format("a batch of the Arrow stream has {} columns: expected {}",
                                                   rows.n_children, schema_.value.n_children));
    check_batch(rows);
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i] == TableBuilder::kLeftOut) continue;
      if (!rows.children[i]) fail(names_[i], "is not there");
      const Cells cells{*rows.children[i], rows, names_[i]};
      if (cells.array.length < rows.offset || cells.array.length - rows.offset < rows.length)
        fail(names_[i], "is shorter than its batch");
      add_cells(*schema_.value.children[i], &cells, &builder_.column(slots_[i]), names_[i]);
    }
    builder_.finish_rows(static_cast<size_t>(rows.length));
  }

  Releasing<ArrowArrayStream> stream_;
  Releasing<ArrowSchema> schema_;
  TableBuilder builder_;
  std::vector<std::string> names_;
  std::vector<size_t> slots_;
};

}  // namespace

ReadResult read_arrow(ArrowArrayStream& stream, const ReadOptions& options) {
  return ArrowReader(stream, options).read();
}

}  // namespace veleta
