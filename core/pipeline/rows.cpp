#include "rows.hpp"

#include <algorithm>

namespace veleta {

std::vector<double> pick(const std::vector<double>& values, const std::vector<size_t>& rows) {
  std::vector<double> picked;
  picked.reserve(rows.size());
  for (const size_t row : rows) picked.push_back(values[row]);
  return picked;
}

std::vector<size_t> spread(const std::vector<size_t>& rows, size_t count) {
  std::vector<size_t> picked = spread_rows(rows.size(), count);
  for (size_t& row : picked) row = rows[row];
  return picked;
}

void drop_columns(Table& table, const std::vector<std::string>& names) {
  std::erase_if(table.columns,
                [&](const Column& column) { return std::ranges::find(names, column.name) != names.end(); });
}

std::vector<size_t> unseen_rows(const TrainingWindow& window, const Champion* champion) {
  std::vector<size_t> rows = window.holdout;
  if (champion)
    std::erase_if(rows, [&](size_t row) { return hash_fraction(window.hashes[row]) >= champion->holdout_share; });
  return rows;
}

}  // namespace veleta
