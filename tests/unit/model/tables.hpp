#pragma once

#include <cmath>
#include <limits>

#include "base/clock.hpp"
#include "data/table.hpp"

namespace veleta {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline Column numbers(const std::string& name, std::vector<double> values) {
  Column column;
  column.name = name;
  column.numbers = std::move(values);
  return column;
}

/// "" is missing.
inline Column times(const std::string& name, const std::vector<std::string>& dates) {
  Column column;
  column.name = name;
  column.type = ColumnType::kTime;
  for (const std::string& date : dates) column.append_number(parse_iso_time(date).value_or(kNaN));
  return column;
}

/// "" is missing.
inline Column categories(const std::string& name, const std::vector<std::string>& labels) {
  Column column;
  column.name = name;
  column.type = ColumnType::kCategory;
  for (const std::string& label : labels) label.empty() ? column.append_missing() : column.append_label(label);
  return column;
}

}  // namespace veleta
