#include "model/explanation_rows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace veleta {

namespace {

void write_encoded(JsonWriter& json, const FeatureEncoder& features, const Matrix& encoded, size_t row, size_t column) {
  const size_t first = features.first_feature(column), count = features.feature_count(column);
  const auto values = std::span(encoded.values).subspan(row * encoded.columns + first, count);
  if (count == 1) {
    json.value(values[0]);
    return;
  }
  json.begin_object();
  for (size_t i = 0; i < count; ++i) json.member(features.feature_texts()[first + i], values[i]);
  json.end_object();
}

void write_attribution(JsonWriter& json, const ExplanationSet& set, size_t row, const FeatureEncoder& features,
                       const WriteRaw& write_raw, size_t column) {
  static const JsonText kColumn("column"), kValue("value"), kEncoded("encoded"), kAttribution("attribution");
  const Explanation& explanation = set.rows[row];
  json.begin_object().member(kColumn, features.source_texts()[column]);
  write_raw(json.key(kValue), column);
  write_encoded(json.key(kEncoded), features, set.encoded, row, column);
  json.member(kAttribution, explanation.attributions[column]);
  if (!explanation.standard_errors.empty()) json.member("standard_error", explanation.standard_errors[column]);
  json.end_object();
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

void write_attributions(JsonWriter& json, const ExplanationSet& set, size_t row, const FeatureEncoder& features,
                        const WriteRaw& write_raw, size_t top) {
  const Strongest told = strongest(set.rows[row].attributions, top);
  json.member("base_value", set.rows[row].base_value).key("attributions").begin_list();
  for (const size_t column : told.columns) write_attribution(json, set, row, features, write_raw, column);
  json.end_list();
  if (told.folded_columns == 0) return;
  json.key("rest").begin_object();
  json.member("columns", told.folded_columns).member("attribution", told.rest).end_object();
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
