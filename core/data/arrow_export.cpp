#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "data/reader.hpp"

namespace veleta {

namespace {

/// Releases what an exported struct has below it.
template <typename Owner>
void release_parts(Owner& owner) {
  for (auto& child : owner.children)
    if (child.release) child.release(&child);
  if (owner.dictionary.release) owner.dictionary.release(&owner.dictionary);
}

/// Everything an exported array points to.
struct ArrayOwner {
  ArrayOwner() = default;
  ArrayOwner(const ArrayOwner&) = delete;
  ArrayOwner& operator=(const ArrayOwner&) = delete;
  ~ArrayOwner() { release_parts(*this); }

  std::vector<std::vector<char>> buffers;
  std::vector<const void*> buffer_pointers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> child_pointers;
  ArrowArray dictionary{};
};

/// Everything an exported schema points to.
struct SchemaOwner {
  SchemaOwner() = default;
  SchemaOwner(const SchemaOwner&) = delete;
  SchemaOwner& operator=(const SchemaOwner&) = delete;
  ~SchemaOwner() { release_parts(*this); }

  std::string format;
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> child_pointers;
  ArrowSchema dictionary{};
};

template <typename Struct, typename Owner>
void release(Struct* exported) {
  delete static_cast<Owner*>(exported->private_data);
  exported->release = nullptr;
}

/// Makes `out` point into the owner, which it takes.
void hand_out(std::unique_ptr<ArrayOwner> owner, size_t length, size_t null_count, ArrowArray* out) {
  for (auto& child : owner->children) owner->child_pointers.push_back(&child);
  for (const auto& buffer : owner->buffers) owner->buffer_pointers.push_back(buffer.empty() ? nullptr : buffer.data());
  *out = {static_cast<int64_t>(length),
          static_cast<int64_t>(null_count),
          0,
          static_cast<int64_t>(owner->buffers.size()),
          static_cast<int64_t>(owner->children.size()),
          owner->buffer_pointers.data(),
          owner->child_pointers.data(),
          owner->dictionary.release ? &owner->dictionary : nullptr,
          &release<ArrowArray, ArrayOwner>,
          owner.release()};
}

void hand_out(std::unique_ptr<SchemaOwner> owner, ArrowSchema* out) {
  for (auto& child : owner->children) owner->child_pointers.push_back(&child);
  *out = {owner->format.c_str(),
          owner->name.c_str(),
          nullptr,
          ARROW_FLAG_NULLABLE,
          static_cast<int64_t>(owner->children.size()),
          owner->child_pointers.data(),
          owner->dictionary.release ? &owner->dictionary : nullptr,
          &release<ArrowSchema, SchemaOwner>,
          owner.release()};
}

template <typename Value>
std::vector<char> to_bytes(const std::vector<Value>& values) {
  std::vector<char> bytes(values.size() * sizeof(Value));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// A bit per row, 1 where the cell is present; nothing where all are.
std::vector<char> validity(const Column& column, size_t missing_count) {
  if (missing_count == 0) return {};
  std::vector<char> bits((column.size() + 7) / 8);
  for (size_t row = 0; row < column.size(); ++row)
    if (!column.is_missing(row)) bits[row / 8] = static_cast<char>(bits[row / 8] | 1 << row % 8);
  return bits;
}

std::vector<char> microseconds(const Column& column) {
  std::vector<int64_t> times;
  for (const double seconds : column.numbers) times.push_back(std::isnan(seconds) ? 0 : std::llround(seconds * 1e6));
  return to_bytes(times);
}

void export_labels(const Dictionary& dictionary, ArrowArray* out) {
  std::vector<int32_t> offsets{0};
  std::string text;
  for (const auto& label : dictionary.labels()) {
    text += label;
    if (text.size() > std::numeric_limits<int32_t>::max())
      throw Error(ErrorCode::kUnsupported, "a column's labels are longer than 2 GiB together");
    offsets.push_back(static_cast<int32_t>(text.size()));
  }
  auto owner = std::make_unique<ArrayOwner>();
  owner->buffers = {{}, to_bytes(offsets), {text.begin(), text.end()}};
  hand_out(std::move(owner), dictionary.size(), 0, out);
}

void export_column(const Column& column, ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  const size_t missing_count = column.missing_count();
  owner->buffers.push_back(validity(column, missing_count));
  switch (column.type) {
    case ColumnType::kNumber: owner->buffers.push_back(to_bytes(column.numbers)); break;
    case ColumnType::kTime: owner->buffers.push_back(microseconds(column)); break;
    case ColumnType::kCategory:
      owner->buffers.push_back(to_bytes(column.codes));
      export_labels(column.dictionary, &owner->dictionary);
      break;
  }
  hand_out(std::move(owner), column.size(), missing_count, out);
}

void export_rows(const Table& table, ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  owner->buffers.emplace_back();
  owner->children.resize(table.columns.size());
  for (size_t i = 0; i < table.columns.size(); ++i) export_column(table.columns[i], &owner->children[i]);
  hand_out(std::move(owner), table.row_count(), 0, out);
}

void export_type(const std::string& format, const std::string& name, ArrowSchema* out) {
  auto owner = std::make_unique<SchemaOwner>();
  owner->format = format;
  owner->name = name;
  if (format == "i") export_type("u", "", &owner->dictionary);
  hand_out(std::move(owner), out);
}

const char* format_of(ColumnType type) {
  switch (type) {
    case ColumnType::kNumber: return "g";
    case ColumnType::kTime: return "tsu:UTC";
    case ColumnType::kCategory: return "i";
  }
  return "n";
}

void export_schema(const Table& table, ArrowSchema* out) {
  auto owner = std::make_unique<SchemaOwner>();
  owner->format = "+s";
  owner->children.resize(table.columns.size());
  for (size_t i = 0; i < table.columns.size(); ++i)
    export_type(format_of(table.columns[i].type), table.columns[i].name, &owner->children[i]);
  hand_out(std::move(owner), out);
}

struct StreamOwner {
  Table table;
  bool given = false;
  std::string error;
};

/// Runs `body` on the stream's owner; what it throws becomes the stream's last error.
template <typename Body>
int guarded(ArrowArrayStream* stream, Body&& body) noexcept {
  auto& owner = *static_cast<StreamOwner*>(stream->private_data);
  try {
    body(owner);
    return 0;
  } catch (const std::exception& error) {
    owner.error = error.what();
    return EIO;
  }
}

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  return guarded(stream, [&](StreamOwner& owner) { export_schema(owner.table, out); });
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  return guarded(stream, [&](StreamOwner& owner) {
    *out = ArrowArray{};
    if (owner.given) return;
    export_rows(owner.table, out);
    owner.given = true;
  });
}

const char* get_last_error(ArrowArrayStream* stream) {
  const auto& error = static_cast<StreamOwner*>(stream->private_data)->error;
  return error.empty() ? nullptr : error.c_str();
}

void release_stream(ArrowArrayStream* stream) {
  delete static_cast<StreamOwner*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

void export_arrow(const Table& table, ArrowArrayStream* out) {
  *out = {&get_schema, &get_next, &get_last_error, &release_stream, new StreamOwner{table, false, {}}};
}

}  // namespace veleta
