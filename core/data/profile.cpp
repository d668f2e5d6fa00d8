#include "data/profile.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sorted_numbers.hpp"

namespace veleta {

const ColumnProfile* Profile::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &ColumnProfile::name);
  return found == columns.end() ? nullptr : &*found;
}

namespace {

/// Every value, or the kGridSize values that stand in the middle of as many equal parts.
std::vector<double> quantile_grid(std::vector<double> sorted) {
  if (sorted.size() <= Profile::kGridSize) return sorted;
  std::vector<double> grid(Profile::kGridSize);
  const auto count = static_cast<double>(sorted.size());
  for (size_t i = 0; i < grid.size(); ++i)
    grid[i] = sorted[static_cast<size_t>((static_cast<double>(i) + 0.5) * count / Profile::kGridSize)];
  return grid;
}

/// Sums in ascending order, so that the order of the rows does not show in the last digit.
void profile_numbers(const Column& column, ColumnProfile& profile) {
  std::vector<double> sorted = sorted_present(column.numbers);
  const auto count = static_cast<double>(sorted.size());
  profile.row_count = count;
  if (!sorted.empty()) profile.mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / count;
  double squares = 0;
  for (const double value : sorted) squares += (value - profile.mean) * (value - profile.mean);
  if (sorted.size() > 1) profile.standard_deviation = std::sqrt(squares / (count - 1));
  profile.sorted = quantile_grid(std::move(sorted));
}

void profile_categories(const Column& column, ColumnProfile& profile) {
  std::vector<size_t> count_of_code(column.dictionary.size());
  for (const int32_t code : column.codes)
    if (code >= 0) ++count_of_code[static_cast<size_t>(code)];

  std::vector<size_t> codes;
  for (size_t code = 0; code < count_of_code.size(); ++code)
    if (count_of_code[code] > 0) codes.push_back(code);
  const auto& labels = column.dictionary.labels();
  std::ranges::sort(codes, [&](size_t a, size_t b) {
    return count_of_code[a] != count_of_code[b] ? count_of_code[a] > count_of_code[b] : labels[a] < labels[b];
  });
  for (const size_t code : codes) {
    profile.labels.push_back(labels[code]);
    profile.counts.push_back(static_cast<double>(count_of_code[code]));
    profile.row_count += profile.counts.back();
  }
}

}  // namespace

Profile make_profile(const Table& table) {
  Profile profile;
  profile.row_count = static_cast<double>(table.row_count());
  for (const auto& column : table.columns) {
    ColumnProfile& made = profile.columns.emplace_back();
    made.name = column.name;
    made.type = column.type;
    column.type == ColumnType::kCategory ? profile_categories(column, made) : profile_numbers(column, made);
    made.missing_count = profile.row_count - made.row_count;
  }
  return profile;
}

}  // namespace veleta
