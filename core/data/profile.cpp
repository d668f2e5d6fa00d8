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

/// A label with what orders it, side by side: most comparisons then need no look at the text itself.
struct CountedLabel {
  size_t count;
  uint64_t beginning;  ///< the first 8 bytes, as a number that orders as they do
  const std::string* label;

  CountedLabel(size_t rows, const std::string& text) : count(rows), beginning(0), label(&text) {
    for (size_t i = 0; i < 8; ++i) beginning = beginning << 8 | (i < text.size() ? static_cast<uint8_t>(text[i]) : 0);
  }
  bool operator<(const CountedLabel& other) const {
    if (count != other.count) return count > other.count;
    return beginning != other.beginning ? beginning < other.beginning : *label < *other.label;
  }
};

void profile_categories(const Column& column, ColumnProfile& profile) {
  std::vector<size_t> count_of_code(column.dictionary.size());
  for (const int32_t code : column.codes)
    if (code >= 0) ++count_of_code[static_cast<size_t>(code)];

  std::vector<CountedLabel> counted;
  for (size_t code = 0; code < count_of_code.size(); ++code)
    if (count_of_code[code] > 0) counted.emplace_back(count_of_code[code], column.dictionary.labels()[code]);
  std::sort(counted.begin(), counted.end());
  for (const CountedLabel& level : counted) {
    profile.labels.push_back(*level.label);
    profile.counts.push_back(static_cast<double>(level.count));
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
