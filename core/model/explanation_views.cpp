#include "model/explanation_views.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "dependence_partner.hpp"
#include "model/scored_rows.hpp"

namespace veleta {

namespace {

/// Cells beyond these shares of the rows get the scale's ends, so that one outlier does not gray all others.
constexpr double kLowShare = 0.05, kHighShare = 0.95;

json::object head(const char* view, const ExplainedRows& rows) {
  json::object body{{"view", view},
                    {"space", rows.set.space},
                    {"unit", unit_of(rows.set.space, rows.bundle.parts().target)},
                    {"method", rows.set.method},
                    {"explainer", rows.set.explainer}};
  if (!rows.set.kernel.empty()) body["kernel"] = rows.set.kernel;
  return body;
}

const std::vector<std::string>& columns_of(const ExplainedRows& rows) { return rows.bundle.input_columns(); }

std::span<const float> encoded_row(const ExplainedRows& rows, size_t row) {
  return std::span(rows.set.encoded.values).subspan(row * rows.set.encoded.columns, rows.set.encoded.columns);
}

json::value value_of(const ExplainedRows& rows, size_t row, size_t column) {
  return rows.table ? cell_value(*rows.table, columns_of(rows)[column], row)
                    : rows.bundle.parts().features.told(encoded_row(rows, row), column);
}

json::object attributions_of_row(const ExplainedRows& rows, size_t row, size_t top) {
  JsonWriter json;
  json.begin_object();
  const auto write_raw = [&](JsonWriter& to, size_t column) { to.value(value_of(rows, row, column)); };
  write_attributions(json, rows.set, row, rows.bundle.parts().features, write_raw, top);
  return parse_json(json.end_object().take(), "an explanation").as_object();
}

std::vector<double> mean_sizes(const ExplainedRows& rows) {
  std::vector<double> means(columns_of(rows).size());
  for (const Explanation& row : rows.set.rows)
    for (size_t column = 0; column < means.size(); ++column) means[column] += std::abs(row.attributions[column]);
  for (double& mean : means) mean /= static_cast<double>(std::max<size_t>(rows.set.rows.size(), 1));
  return means;
}

void add_rest(json::object& body, const Strongest& told) {
  if (told.folded_columns > 0) body["rest"] = {{"columns", told.folded_columns}, {"mean_abs", told.rest}};
}

std::vector<double> attributions_of(const ExplainedRows& rows, const std::vector<size_t>& shown, size_t column) {
  std::vector<double> attributions;
  for (const size_t row : shown) attributions.push_back(rows.set.rows[row].attributions[column]);
  return attributions;
}

std::vector<double> orders_of(const ExplainedRows& rows, const std::vector<size_t>& shown, size_t column) {
  std::vector<double> orders;
  for (const size_t row : shown)
    orders.push_back(rows.bundle.parts().features.order_of(encoded_row(rows, row), column));
  return orders;
}

/// Each on the scale from 0 to 1; all of one value in its middle.
json::array scaled(const std::vector<double>& values) {
  std::vector<double> sorted;
  std::ranges::copy_if(values, std::back_inserter(sorted), [](double value) { return !std::isnan(value); });
  std::ranges::sort(sorted);
  const auto at = [&](double share) {
    return sorted[static_cast<size_t>(std::llround(share * static_cast<double>(sorted.size() - 1)))];
  };
  double low = 0, high = 0;
  if (!sorted.empty()) {
    low = at(kLowShare), high = at(kHighShare);
    if (low == high) low = sorted.front(), high = sorted.back();
  }
  json::array result;
  for (const double value : values)
    result.push_back(std::isnan(value) ? json::value(nullptr)
                     : low == high     ? json::value(0.5)
                                       : json::value(std::clamp((value - low) / (high - low), 0.0, 1.0)));
  return result;
}

/// The index of an input column.
size_t place_of(const std::vector<std::string>& columns, const std::string& name) {
  const auto found = std::ranges::find(columns, name);
  if (found == columns.end())
    throw Error(ErrorCode::kNotFound,
                fmt::format("the model has no input column '{}'.{}", name, did_you_mean(name, columns)));
  return static_cast<size_t>(found - columns.begin());
}

std::optional<size_t> partner_by_interactions(const std::vector<double>& means, size_t column, size_t columns) {
  std::optional<size_t> best;
  for (size_t other = 0; other < columns; ++other)
    if (other != column && means[column * columns + other] > (best ? means[column * columns + *best] : 0)) best = other;
  return best;
}

json::value color_of(const ExplainedRows& rows, const std::vector<size_t>& shown, size_t column) {
  const size_t columns = columns_of(rows).size();
  const bool knows_interactions = rows.interactions && !rows.interactions->empty();
  std::optional<size_t> partner;
  if (knows_interactions) {
    partner = partner_by_interactions(*rows.interactions, column, columns);
  } else {
    std::vector<std::vector<double>> others(columns);
    for (size_t other = 0; other < columns; ++other)
      if (other != column) others[other] = orders_of(rows, shown, other);
    partner = partner_by_residuals(attributions_of(rows, shown, column), orders_of(rows, shown, column), others);
  }
  if (!partner) return nullptr;
  json::array values;
  for (const size_t row : shown) values.push_back(value_of(rows, row, *partner));
  return {{"column", columns_of(rows)[*partner]},
          {"by", knows_interactions ? "interactions" : "residuals"},
          {"values", std::move(values)},
          {"scaled", scaled(orders_of(rows, shown, *partner))}};
}

}  // namespace

json::object waterfall_view(const ExplainedRows& rows, size_t row, size_t top) {
  const Explanation& explanation = rows.set.rows[row];
  json::object body = head("waterfall", rows), told = attributions_of_row(rows, row, top);
  body["base_value"] = explanation.base_value;
  body["prediction"] = explanation.prediction;
  if (explanation.probability) body["probability"] = *explanation.probability;
  double at = explanation.base_value;
  const auto place = [&](json::object& bar) {
    bar["from"] = at;
    at += bar.at("attribution").to_number<double>();
    bar["to"] = at;
  };
  if (told.contains("rest")) {
    place(told["rest"].get_object());
    body["rest"] = told["rest"];
  }
  json::array& bars = told["attributions"].get_array();
  for (size_t i = bars.size(); i-- > 0;) place(bars[i].get_object());
  body["bars"] = std::move(bars);
  return body;
}

json::object bar_view(const ExplainedRows& rows, size_t top) {
  const std::vector<double> means = mean_sizes(rows);
  const Strongest told = strongest(means, top);
  json::array bars;
  for (const size_t column : told.columns)
    bars.push_back({{"column", columns_of(rows)[column]}, {"mean_abs", means[column]}});
  json::object body = head("bar", rows);
  body["rows"] = rows.set.rows.size();
  body["bars"] = std::move(bars);
  add_rest(body, told);
  return body;
}

json::object beeswarm_view(const ExplainedRows& rows, size_t top, size_t max_rows) {
  const std::vector<double> means = mean_sizes(rows);
  const Strongest told = strongest(means, top);
  const std::vector<size_t> shown = spread_rows(rows.set.rows.size(), max_rows);
  json::array columns;
  for (const size_t column : told.columns)
    columns.push_back({{"column", columns_of(rows)[column]},
                       {"mean_abs", means[column]},
                       {"attributions", json::value_from(attributions_of(rows, shown, column))},
                       {"scaled", scaled(orders_of(rows, shown, column))}});
  json::object body = head("beeswarm", rows);
  body["of_rows"] = rows.set.rows.size();
  body["rows"] = json::value_from(shown);
  body["columns"] = std::move(columns);
  add_rest(body, told);
  return body;
}

json::object dependence_view(const ExplainedRows& rows, const std::string& column, size_t max_rows) {
  const size_t place = place_of(columns_of(rows), column);
  const std::vector<size_t> shown = spread_rows(rows.set.rows.size(), max_rows);
  json::array values;
  for (const size_t row : shown) values.push_back(value_of(rows, row, place));
  json::object body = head("dependence", rows);
  body["column"] = column;
  body["of_rows"] = rows.set.rows.size();
  body["rows"] = json::value_from(shown);
  body["values"] = std::move(values);
  body["attributions"] = json::value_from(attributions_of(rows, shown, place));
  body["color"] = color_of(rows, shown, place);
  return body;
}

}  // namespace veleta
