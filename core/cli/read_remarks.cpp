#include "read_remarks.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace veleta {

std::vector<std::string> read_remarks(const std::string& path, const ReadReport& report, const Schema& schema) {
  constexpr size_t kLongestExample_bytes = 40;
  std::vector<std::string> remarks;
  for (const auto& name : report.unexpected_columns)
    remarks.push_back(fmt::format("{}: column '{}' is not in the first rows of all, and is left out", path, name));
  for (const auto& name : report.missing_columns)
    remarks.push_back(fmt::format("{}: column '{}' is not there: its cells count as missing", path, name));
  for (const auto& found : report.retyped) {
    const bool is_one = found.retyped_count == 1;
    remarks.push_back(fmt::format("{}: {} {} of column '{}' {} no {}: the first is '{}' in row {} (from 0)", path,
                                  with_thousands(static_cast<double>(found.retyped_count)), is_one ? "cell" : "cells",
                                  found.name, is_one ? "counts as missing, as it is" : "count as missing, as they are",
                                  to_string(schema.find(found.name)->type),
                                  clipped(found.retyped_example, kLongestExample_bytes), found.retyped_row));
  }
  if (report.truncated_last_line)
    remarks.push_back(fmt::format("{}: the last line ends inside a row, and is left out", path));
  return remarks;
}

}  // namespace veleta
