#include "data/segments.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/json.hpp"
#include "base/text.hpp"

namespace veleta {

namespace {

constexpr std::string_view kMagic = "VLSEGM1\n";

using RowsOfLabel = std::unordered_map<std::string, std::vector<size_t>>;

RowsOfLabel rows_by_label(const Column& column) {
  RowsOfLabel rows;
  for (size_t row = 0; row < column.size(); ++row)
    if (!column.is_missing(row)) rows[column.text(row)].push_back(row);
  return rows;
}

/// The rows of a column with no more labels than they have: Table::select keeps all, which in many slices of a column
/// of many labels would cost more than all else.
Column slice(const Column& column, const std::vector<size_t>& rows) {
  Column part;
  part.name = column.name;
  part.type = column.type;
  for (const size_t row : rows) {
    if (column.is_missing(row))
      part.append_missing();
    else if (column.type == ColumnType::kCategory)
      part.append_label(column.label(row));
    else
      part.append_number(column.numbers[row]);
  }
  return part;
}

Table slice(const Table& table, const std::vector<size_t>& rows) {
  Table part;
  for (const auto& column : table.columns) part.columns.push_back(slice(column, rows));
  return part;
}

const Column& named_column(const Table& table, const std::string& name) {
  if (const Column* column = table.find(name)) return *column;
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  throw Error(ErrorCode::kInvalidArgument, fmt::format("segments are to be made by column '{}', which the rows lack.{}",
                                                       name, did_you_mean(name, names)));
}

struct Slice {
  std::string column, label;
  std::vector<size_t> rows;
};

std::vector<Slice> largest_slices(const Table& table, const SegmentRules& rules) {
  std::vector<Slice> slices;
  for (const auto& name : rules.by)
    for (auto& [label, rows] : rows_by_label(named_column(table, name)))
      if (static_cast<double>(rows.size()) >= rules.min_rows) slices.push_back({name, label, std::move(rows)});
  std::ranges::sort(slices, [](const Slice& a, const Slice& b) {
    if (a.rows.size() != b.rows.size()) return a.rows.size() > b.rows.size();
    return std::tie(a.column, a.label) < std::tie(b.column, b.label);
  });
  slices.resize(std::min(slices.size(), rules.most));
  return slices;
}

[[noreturn]] void fail(const std::string& why) {
  throw Error(ErrorCode::kBadData, "these are no segments' profiles: " + why);
}

}  // namespace

std::vector<Segment> make_segments(const Table& table, const SegmentRules& rules) {
  std::vector<Segment> segments;
  for (const auto& each : largest_slices(table, rules))
    segments.push_back({each.column, each.label, make_profile(slice(table, each.rows), {}, 1)});
  return segments;
}

std::vector<Segment> same_segments(const Table& table, const std::vector<Segment>& segments) {
  std::map<std::string, RowsOfLabel> rows_of_column;
  std::vector<Segment> same;
  for (const auto& segment : segments) {
    const auto [known, is_new] = rows_of_column.try_emplace(segment.column);
    if (const Column* column = is_new ? table.find(segment.column) : nullptr) known->second = rows_by_label(*column);
    same.push_back({segment.column, segment.label, make_profile(slice(table, known->second[segment.label]), {}, 1)});
  }
  return same;
}

/// A line of JSON says what follows: of each segment its name and how many bytes its profile has.
std::string serialize(const std::vector<Segment>& segments) {
  json::array head;
  std::string profiles;
  for (const auto& segment : segments) {
    const std::string profile = serialize(segment.profile);
    head.push_back({{"column", segment.column}, {"label", segment.label}, {"bytes", profile.size()}});
    profiles += profile;
  }
  return fmt::format("{}{}\n{}", kMagic, json::serialize(head), profiles);
}

std::vector<Segment> parse_segments(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) fail("they do not begin with VLSEGM1");
  bytes.remove_prefix(kMagic.size());
  const size_t end = bytes.find('\n');
  if (end == std::string_view::npos) fail("they end early");
  const json::value head = parse_json(bytes.substr(0, end), "the list of segments");
  bytes.remove_prefix(end + 1);
  if (!head.is_array()) fail("their list is none");
  std::vector<Segment> segments;
  for (const auto& item : head.get_array()) {
    const json::object* entry = item.if_object();
    const json::value* length = entry ? entry->if_contains("bytes") : nullptr;
    if (!length || !length->is_int64() || length->get_int64() < 0) fail("an entry of their list is none");
    const auto count = static_cast<size_t>(length->get_int64());
    if (count > bytes.size()) fail("they end early");
    segments.push_back(
        {text_or_empty(*entry, "column"), text_or_empty(*entry, "label"), parse_profile(bytes.substr(0, count))});
    bytes.remove_prefix(count);
  }
  if (!bytes.empty()) fail("bytes are left over after the last");
  return segments;
}

}  // namespace veleta
