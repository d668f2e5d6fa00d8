#include "input_columns.hpp"

#include <cmath>

#include "base/clock.hpp"

namespace veleta {

namespace {

/// A whole number without a point, as people write it.
json::value plain_number(double number) {
  constexpr double kExact = 1e15;
  if (number == std::trunc(number) && std::abs(number) < kExact) return static_cast<int64_t>(number);
  return number_or_null(number);
}

json::value example_cell(ColumnType type, const ColumnProfile* profile) {
  if (!profile || (profile->labels.empty() && profile->cells.least.empty())) return nullptr;
  if (type == ColumnType::kCategory) return json::string(profile->labels.front());
  const double median = profile->cells.quantile(0.5);
  if (type == ColumnType::kNumber) return plain_number(median);
  return json::string(format_iso_time(std::floor(median)));
}

}  // namespace

json::array mlflow_inputs(const BundleParts& parts) {
  json::array inputs;
  for (const Field& field : parts.input_schema.fields) {
    const char* type = field.type == ColumnType::kNumber ? "double" : "string";
    inputs.push_back({{"type", type}, {"name", field.name}, {"required", false}});
  }
  return inputs;
}

json::object input_example(const BundleParts& parts) {
  json::array columns, row;
  for (const Field& field : parts.input_schema.fields) {
    columns.emplace_back(field.name);
    row.push_back(example_cell(field.type, parts.profile.find(field.name)));
  }
  json::array rows;
  rows.push_back(std::move(row));
  return {{"columns", std::move(columns)}, {"data", std::move(rows)}};
}

}  // namespace veleta
