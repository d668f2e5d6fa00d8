#include "data/table.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"

namespace veleta {

const char* to_string(ColumnType type) {
  switch (type) {
    case ColumnType::kNumber: return "number";
    case ColumnType::kCategory: return "category";
    case ColumnType::kTime: return "time";
  }
  return "unknown";
}

std::optional<ColumnType> parse_column_type(std::string_view text) {
  for (const auto type : {ColumnType::kNumber, ColumnType::kCategory, ColumnType::kTime})
    if (text == to_string(type)) return type;
  return std::nullopt;
}

Dictionary::Slot Dictionary::key_of(std::string_view label) {
  constexpr int kCountShift = 56;
  const uint64_t hash = hash64(label);
  uint64_t head = hash;
  if (label.size() < sizeof head) {
    head = 0;
    std::memcpy(&head, label.data(), label.size());
  }
  const uint64_t count = std::min(label.size(), sizeof head);
  head = (head & ((uint64_t{1} << kCountShift) - 1)) | count << kCountShift;
  return {head, static_cast<uint32_t>(hash), -1};
}

size_t Dictionary::place_of(std::string_view label, const Slot& key) const {
  const size_t mask = slots_.size() - 1;
  const bool is_whole = label.size() < sizeof key.head;
  for (size_t at = key.hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.code < 0) return at;
    if (slot.head == key.head && slot.hash == key.hash &&
        (is_whole || labels_[static_cast<size_t>(slot.code)] == label))
      return at;
  }
}

void Dictionary::grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(std::max<size_t>(16, slots_.size() * 2)));
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.code < 0) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].code >= 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

int32_t Dictionary::code_of(std::string_view label) {
  if (labels_.size() * 2 >= slots_.size()) grow();
  const Slot key = key_of(label);
  Slot& slot = slots_[place_of(label, key)];
  if (slot.code < 0) {
    slot = key;
    slot.code = static_cast<int32_t>(labels_.size());
    labels_.emplace_back(label);
  }
  return slot.code;
}

int32_t Dictionary::find(std::string_view label) const {
  return slots_.empty() ? -1 : slots_[place_of(label, key_of(label))].code;
}

size_t Column::missing_count() const {
  if (type == ColumnType::kCategory) return static_cast<size_t>(std::ranges::count(codes, -1));
  return static_cast<size_t>(std::ranges::count_if(numbers, [](double number) { return std::isnan(number); }));
}

namespace {

/// ISO 8601, with the fraction of the second where there is one, to the microsecond.
std::string format_precise_time(double seconds) {
  const double whole = std::floor(seconds);
  const auto micros = static_cast<int>(std::lround((seconds - whole) * 1e6));
  if (micros == 0 || micros == 1000000) return format_iso_time(micros == 0 ? whole : whole + 1);
  std::string text = format_iso_time(whole);
  text = fmt::format("{}.{:06}", text.size() == 10 ? text + "T00:00:00" : text.substr(0, text.size() - 1), micros);
  return text.substr(0, text.find_last_not_of('0') + 1) + "Z";
}

}  // namespace

std::string Column::text(size_t row) const {
  if (is_missing(row)) return "";
  switch (type) {
    case ColumnType::kNumber: return format_number(numbers[row]);
    case ColumnType::kTime: return format_precise_time(numbers[row]);
    case ColumnType::kCategory: return label(row);
  }
  return "";
}

void Column::append_missing() {
  if (type == ColumnType::kCategory)
    codes.push_back(-1);
  else
    numbers.push_back(std::numeric_limits<double>::quiet_NaN());
}

const Column* Table::find(std::string_view name, size_t begin) const {
  const std::span all(columns);
  const size_t middle = std::min(begin, all.size());
  for (const auto part : {all.subspan(middle), all.first(middle)}) {
    const auto found = std::ranges::find(part, name, &Column::name);
    if (found != part.end()) return &*found;
  }
  return nullptr;
}

Column* Table::find(std::string_view name) { return const_cast<Column*>(std::as_const(*this).find(name)); }

const Column& Table::at(std::string_view name) const {
  if (const Column* column = find(name)) return *column;
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  throw Error(ErrorCode::kNotFound, fmt::format("there is no column '{}'.{}", name, did_you_mean(name, names)));
}

namespace {

template <typename Value>
std::vector<Value> gather(const std::vector<Value>& values, std::span<const size_t> rows) {
  if (values.empty()) return {};
  std::vector<Value> result(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) result[i] = values[rows[i]];
  return result;
}

void append_column(Column& to, const Column& from) {
  to.numbers.insert(to.numbers.end(), from.numbers.begin(), from.numbers.end());
  std::vector<int32_t> code_in_to;
  for (const auto& label : from.dictionary.labels()) code_in_to.push_back(to.dictionary.code_of(label));
  const size_t rows_before = to.codes.size();
  to.codes.resize(rows_before + from.codes.size(), -1);
  for (size_t row = 0; row < from.codes.size(); ++row)
    if (from.codes[row] >= 0) to.codes[rows_before + row] = code_in_to[static_cast<size_t>(from.codes[row])];
}

}  // namespace

Table Table::select(std::span<const size_t> rows) const {
  Table result;
  for (const auto& column : columns)
    result.columns.push_back(
        {column.name, column.type, gather(column.numbers, rows), gather(column.codes, rows), column.dictionary});
  return result;
}

void Table::append(const Table& other) {
  if (&other == this) return append(Table(other));
  if (other.columns.size() != columns.size())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("a table of {} columns cannot be added to one of {}",
                                                         other.columns.size(), columns.size()));
  for (const auto& column : columns) {
    const Column& added = other.at(column.name);
    if (added.type != column.type)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("column '{}' is a {} in one table and a {} in the other",
                                                           column.name, to_string(column.type), to_string(added.type)));
  }
  for (auto& column : columns) append_column(column, other.at(column.name));
}

std::string format_number(double number) {
  char text[32];
  const auto print = [&](auto... value_and_format) {
    return std::string(text, std::to_chars(text, text + sizeof text, value_and_format...).ptr);
  };
  const double size = std::fabs(number);
  if (size < 1e15 && number == std::trunc(number)) return print(static_cast<int64_t>(number));
  const bool readable = size >= 1e-5 && size < 1e16;
  return print(number, readable ? std::chars_format::fixed : std::chars_format::scientific);
}

}  // namespace veleta
