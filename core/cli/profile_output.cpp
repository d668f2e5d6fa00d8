#include "profile_output.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

constexpr size_t kToldLabels = 4, kLongestLabel = 40;
constexpr const char* kNone = "–";

std::string value_text(ColumnType type, double value) {
  if (std::isnan(value)) return kNone;
  if (type == ColumnType::kTime) return format_iso_time(std::floor(value));
  return std::fabs(value) < 1e15 && value == std::trunc(value) ? format_number(value) : fmt::format("{:.6g}", value);
}

std::string percent(double part, double whole) {
  return whole > 0 ? fmt::format("{:.3g} %", 100 * part / whole) : "0 %";
}

std::string top_labels(const ColumnProfile& column) {
  if (column.labels.empty()) return "no labels";
  std::string text =
      column.labels.size() == 1 ? "1 label: " : with_thousands(static_cast<double>(column.labels.size())) + " labels: ";
  for (size_t i = 0; i < std::min(kToldLabels, column.labels.size()); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", clipped(column.labels[i], kLongestLabel),
                        percent(column.counts[i], column.row_count));
  return text + (column.labels.size() > kToldLabels ? ", …" : "");
}

std::string exactness(const ColumnProfile& column) {
  const double bound = column.cells.error_bound();
  if (!column.has_moments())
    return fmt::format("{} even quantiles (VLPROF1): shares to within {:.2g} %", NumberCells::kMostCells, 100 * bound);
  if (bound == 0) return "exact";
  return fmt::format("{} cells: shares to within {:.2g} %", with_thousands(static_cast<double>(column.cells.size())),
                     100 * bound);
}

std::string missing_text(const ColumnProfile& column) {
  const std::string text = with_thousands(column.missing_count);
  return column.wrong_type_count == 0
             ? text
             : fmt::format("{} ({} no {})", text, with_thousands(column.wrong_type_count), to_string(column.type));
}

json::object column_json(const ColumnProfile& column) {
  json::object told{{"column", column.name},
                    {"type", to_string(column.type)},
                    {"rows", column.row_count},
                    {"missing", column.missing_count},
                    {"wrong_type", column.wrong_type_count}};
  if (column.type == ColumnType::kCategory) {
    json::array labels;
    for (size_t i = 0; i < column.labels.size(); ++i)
      labels.push_back({{"label", column.labels[i]}, {"rows", column.counts[i]}});
    told["labels"] = std::move(labels);
    return told;
  }
  told["minimum"] = number_or_null(column.minimum);
  told["median"] = number_or_null(column.cells.quantile(0.5));
  told["maximum"] = number_or_null(column.maximum);
  told["mean"] = column.row_count > 0 ? number_or_null(column.mean) : nullptr;
  told["standard_deviation"] = column.row_count > 1 ? number_or_null(column.standard_deviation) : nullptr;
  told["cells"] = column.cells.size();
  told["error_bound"] = column.cells.error_bound();
  return told;
}

// Differences.

/// Where the distribution functions are furthest apart, of those places where both are known.
std::string distribution_difference(const ColumnProfile& a, const ColumnProfile& b) {
  NumberCells in_a = a.cells, in_b = b.cells;
  unite(in_a, in_b);
  double below_a = 0, below_b = 0, largest = 0, at = std::numeric_limits<double>::quiet_NaN();
  for (size_t i = 0, j = 0; i < in_a.size() || j < in_b.size();) {
    const double value =
        j == in_b.size() || (i < in_a.size() && in_a.least[i] <= in_b.least[j]) ? in_a.least[i] : in_b.least[j];
    if (i < in_a.size() && in_a.least[i] == value) below_a += in_a.rows[i++] / a.row_count;
    if (j < in_b.size() && in_b.least[j] == value) below_b += in_b.rows[j++] / b.row_count;
    if (const double gap = std::fabs(below_a - below_b); gap > largest) {
      largest = gap;
      at = value;
    }
  }
  if (largest < 1e-12) return "";
  return fmt::format("the shares of rows up to {} differ most, by {:.3g} %", value_text(a.type, at), 100 * largest);
}

void add_change(std::vector<std::string>& told, const char* what, const std::string& from, const std::string& to) {
  if (from != to) told.push_back(fmt::format("{} {} became {}", what, from, to));
}

std::vector<std::string> number_differences(const ColumnProfile& a, const ColumnProfile& b) {
  std::vector<std::string> told;
  const auto change = [&](const char* what, double from, double to) {
    if (from != to && !(std::isnan(from) && std::isnan(to)))
      add_change(told, what, value_text(a.type, from), value_text(b.type, to));
  };
  change("minimum", a.minimum, b.minimum);
  change("maximum", a.maximum, b.maximum);
  if (a.row_count > 0 && b.row_count > 0) {
    change("mean", a.mean, b.mean);
    if (const std::string gap = distribution_difference(a, b); !gap.empty()) told.push_back(gap);
  }
  if (told.empty() && !(a.cells == b.cells && a.moments == b.moments)) told.emplace_back("values differ slightly");
  return told;
}

std::vector<std::string> label_differences(const ColumnProfile& a, const ColumnProfile& b) {
  std::unordered_map<std::string_view, std::pair<double, double>> counts;
  for (size_t i = 0; i < a.labels.size(); ++i) counts[a.labels[i]].first = a.counts[i];
  for (size_t i = 0; i < b.labels.size(); ++i) counts[b.labels[i]].second = b.counts[i];
  const auto only_in = [&](const ColumnProfile& column, bool first) {
    std::vector<std::string> labels;
    for (const auto& label : column.labels)
      if (const auto& [in_a, in_b] = counts[label]; (first ? in_b : in_a) == 0) labels.push_back(label);
    return labels;
  };
  const auto listed = [](std::vector<std::string> labels) {
    const size_t rest = labels.size() - std::min(labels.size(), kToldLabels);
    labels.resize(labels.size() - rest);
    for (auto& label : labels) label = clipped(label, kLongestLabel);
    return join(labels, ", ") + (rest > 0 ? fmt::format(" and {} more", rest) : "");
  };
  std::vector<std::string> told;
  if (const auto gone = only_in(a, true); !gone.empty()) told.push_back("gone: " + listed(gone));
  if (const auto fresh = only_in(b, false); !fresh.empty()) told.push_back("new: " + listed(fresh));
  const std::string* moved = nullptr;
  double largest = 1e-12;
  for (const ColumnProfile* column : {&a, &b})
    for (const auto& label : column->labels) {
      const auto& [in_a, in_b] = counts[label];
      const double gap = std::fabs(in_a / std::max(1.0, a.row_count) - in_b / std::max(1.0, b.row_count));
      if (gap > largest) {
        largest = gap;
        moved = &label;
      }
    }
  if (moved)
    told.push_back(fmt::format("share of {} {} became {}", clipped(*moved, kLongestLabel),
                               percent(counts[*moved].first, a.row_count),
                               percent(counts[*moved].second, b.row_count)));
  return told;
}

std::string column_difference(const ColumnProfile& a, const ColumnProfile& b) {
  if (a.type != b.type) return fmt::format("was a {}, is a {}", to_string(a.type), to_string(b.type));
  std::vector<std::string> told;
  add_change(told, "rows", with_thousands(a.row_count), with_thousands(b.row_count));
  add_change(told, "missing", missing_text(a), missing_text(b));
  const auto rest = a.type == ColumnType::kCategory ? label_differences(a, b) : number_differences(a, b);
  told.insert(told.end(), rest.begin(), rest.end());
  return join(told, "; ");
}

std::string parts_text(const Profile& profile) {
  if (profile.part_rows.size() <= 1) return "one part";
  return fmt::format("{} parts of {} to {} rows", profile.part_rows.size(), with_thousands(profile.part_rows.front()),
                     with_thousands(profile.part_rows.back()));
}

}  // namespace

std::string profile_table(const Profile& profile, size_t width) {
  TextTable table({"COLUMN", "TYPE", "ROWS", "MISSING", "MIN", "MEDIAN", "MAX", "KNOWN"});
  for (const ColumnProfile& column : profile.columns) {
    const bool is_category = column.type == ColumnType::kCategory;
    const auto value = [&](double number) { return is_category ? kNone : value_text(column.type, number); };
    table.add({clipped(column.name, kLongestLabel), to_string(column.type), with_thousands(column.row_count),
               missing_text(column), value(column.minimum), value(column.cells.quantile(0.5)), value(column.maximum),
               is_category ? top_labels(column) : exactness(column)});
  }
  return fmt::format("{} rows, {}\n{}", with_thousands(profile.row_count), parts_text(profile), table.text(width));
}

json::object profile_json(const Profile& profile) {
  json::array columns, parts;
  for (const ColumnProfile& column : profile.columns) columns.push_back(column_json(column));
  for (const double rows : profile.part_rows) parts.emplace_back(rows);
  return {{"rows", profile.row_count}, {"part_rows", std::move(parts)}, {"columns", std::move(columns)}};
}

std::vector<std::string> profile_differences(const Profile& a, const Profile& b) {
  std::vector<std::string> told;
  add_change(told, "the window:", with_thousands(a.row_count) + " rows in " + parts_text(a),
             with_thousands(b.row_count) + " rows in " + parts_text(b));
  for (const ColumnProfile& column : a.columns) {
    const ColumnProfile* other = b.find(column.name);
    const std::string difference = other ? column_difference(column, *other) : "is gone";
    if (!difference.empty()) told.push_back(fmt::format("{}: {}", column.name, difference));
  }
  for (const ColumnProfile& column : b.columns)
    if (!a.find(column.name)) told.push_back(fmt::format("{}: is new", column.name));
  if (told.empty() && serialize(a) != serialize(b))
    told.emplace_back("the columns stand in another order, or the parts have other sizes");
  return told;
}

}  // namespace veleta
