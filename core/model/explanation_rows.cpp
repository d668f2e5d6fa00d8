#include "model/explanation_rows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "column_encoder.hpp"

namespace veleta {

namespace {

json::object attribution_json(const ExplanationSet& set, size_t row, const FeatureEncoder& features, json::value raw,
                              size_t column, const json::storage_ptr& storage) {
  const Explanation& explanation = set.rows[row];
  json::object entry(storage);
  entry.reserve(5);
  entry.emplace("column", features.source_columns()[column]);
  entry.emplace("value", std::move(raw));
  entry.emplace("encoded", encoded_value(features, set.encoded, row, column, storage));
  entry.emplace("attribution", explanation.attributions[column]);
  if (!explanation.standard_errors.empty()) entry.emplace("standard_error", explanation.standard_errors[column]);
  return entry;
}

}  // namespace

Strongest strongest(std::span<const double> attributions, size_t top) {
  Strongest result;
  result.columns.resize(attributions.size());
  std::iota(result.columns.begin(), result.columns.end(), size_t{0});
  std::ranges::stable_sort(result.columns, std::ranges::greater{},
                           [&](size_t column) { return std::abs(attributions[column]); });
  for (size_t place = top; place < attributions.size(); ++place) {
    ++result.folded_columns;
    result.rest += attributions[result.columns[place]];
  }
  result.columns.resize(attributions.size() - result.folded_columns);
  return result;
}

std::string unit_of(const std::string& space, const TargetSpec& target) {
  if (space == "target") return target.column;
  return space == "log_odds" ? "log odds" : space;
}

json::value cell_value(const Table& table, const std::string& column, size_t row) {
  const Column* cells = table.find(column);
  if (!cells || cells->is_missing(row)) return nullptr;
  if (cells->type == ColumnType::kNumber) return cells->numbers[row];
  return json::value(cells->text(row));
}

json::value encoded_value(const FeatureEncoder& features, const Matrix& encoded, size_t row, size_t column,
                          const json::storage_ptr& storage) {
  const size_t first = features.first_feature(column), count = features.feature_count(column);
  const float* values = encoded.values.data() + row * encoded.columns + first;
  if (count == 1) return to_json(values[0]);
  json::object object(storage);
  object.reserve(count);
  for (size_t i = 0; i < count; ++i) object.emplace(features.feature_names()[first + i], to_json(values[i]));
  return object;
}

json::object attributions_json(const ExplanationSet& set, size_t row, const FeatureEncoder& features,
                               const RawValue& raw, size_t top, const json::storage_ptr& storage) {
  const Strongest told = strongest(set.rows[row].attributions, top);
  json::array attributions(storage);
  attributions.reserve(told.columns.size());
  for (const size_t column : told.columns)
    attributions.push_back(attribution_json(set, row, features, raw(column), column, storage));
  json::object body({{"base_value", set.rows[row].base_value}, {"attributions", std::move(attributions)}}, storage);
  if (told.folded_columns > 0) body["rest"] = {{"columns", told.folded_columns}, {"attribution", told.rest}};
  return body;
}

json::object interactions_json(std::span<const double> matrix, const std::vector<std::string>& columns, size_t top) {
  std::vector<std::pair<size_t, size_t>> places;
  std::vector<double> together;
  for (size_t a = 0; a < columns.size(); ++a)
    for (size_t b = a + 1; b < columns.size(); ++b) {
      places.emplace_back(a, b);
      together.push_back(matrix[a * columns.size() + b] + matrix[b * columns.size() + a]);
    }
  const Strongest told = strongest(together, top);
  json::array pairs;
  for (const size_t place : told.columns) {
    const auto [a, b] = places[place];
    pairs.push_back({{"columns", {columns[a], columns[b]}}, {"interaction", together[place]}});
  }
  json::object body{{"pairs", std::move(pairs)}};
  if (told.folded_columns > 0) body["rest"] = {{"pairs", told.folded_columns}, {"interaction", told.rest}};
  return body;
}

}  // namespace veleta
