#include <fmt/format.h>
#include <cmath>

#include "profile_bytes.hpp"

namespace veleta {

namespace {

double whole_rows(ProfileReader& in) {
  const double rows = in.number();
  if (!(rows >= 0 && rows <= 9007199254740992.0 && rows == std::trunc(rows)))
    refuse_profile(fmt::format("it tells of {} rows", rows));
  return rows;
}

/// All numbers were kept, or as many even quantiles as there may be cells.
void set_numbers(ColumnProfile& column, const std::vector<double>& sorted) {
  column.cells = cells_of_sorted(sorted);
  if (sorted.empty()) return;
  column.minimum = column.cells.least.front();
  column.maximum = sorted.back() + 0.0;
  const auto count = static_cast<double>(sorted.size());
  if (column.row_count == count) {
    for (size_t cell = 0; cell < column.cells.size(); ++cell)
      column.moments.add(column.cells.least[cell], static_cast<uint64_t>(column.cells.rows[cell]));
    column.mean = column.moments.mean(sorted.size());
    column.standard_deviation = column.moments.standard_deviation(sorted.size());
    return;
  }
  if (sorted.size() != NumberCells::kMostCells || column.row_count < count)
    refuse_profile(fmt::format("column '{}' has {} numbers of {} rows", column.name, sorted.size(), column.row_count));
  column.cells.precision_bits = NumberCells::kQuantiles;
  for (double& rows : column.cells.rows) rows *= column.row_count / count;
}

ColumnProfile read_column(ProfileReader& in) {
  ColumnProfile column;
  column.name = in.text();
  const std::string type = in.text();
  const auto known_type = parse_column_type(type);
  if (!known_type) refuse_profile("column '" + column.name + "' has the type '" + type + "'");
  column.type = *known_type;
  column.row_count = whole_rows(in);
  column.missing_count = whole_rows(in);
  column.mean = in.number();
  column.standard_deviation = in.number();
  const size_t count = in.length(1);
  if (count > NumberCells::kMostCells) refuse_profile(fmt::format("column '{}' has {} numbers", column.name, count));
  set_numbers(column, in.ascending(count));
  column.labels.resize(in.length(2));
  column.counts.resize(column.labels.size());
  for (auto& label : column.labels) label = in.text();
  for (double& label_count : column.counts) label_count = in.rows();
  return column;
}

}  // namespace

Profile read_profile_v1(ProfileReader& in) {
  Profile profile;
  profile.row_count = whole_rows(in);
  const size_t column_count = in.length(1);
  for (size_t i = 0; i < column_count; ++i) profile.columns.push_back(read_column(in));
  return profile;
}

}  // namespace veleta
