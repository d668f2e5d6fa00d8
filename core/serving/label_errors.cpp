#include "label_errors.hpp"

#include <algorithm>
#include <cmath>

#include "data/table.hpp"

namespace veleta {

std::string label_text(const json::value& label) {
  if (label.is_string()) return std::string(label.get_string());
  if (label.is_bool()) return label.get_bool() ? "true" : "false";
  return label.is_number() ? format_number(label.to_number<double>()) : "";
}

std::optional<double> error_of(const TargetSpec& target, const std::string& label, double prediction) {
  const json::value value = parse_json(label, "a label");
  if (target.task == Task::kRegression) {
    if (!value.is_number()) return std::nullopt;
    return std::abs(value.to_number<double>() - prediction);
  }
  const std::string& likelier = prediction >= 0.5 ? target.positive : target.negative;
  const std::string text = label_text(value);
  // Of a target whose other labels all count as one, each of them is that.
  const bool is_right = likelier.empty() ? text != target.positive : text == likelier;
  return is_right ? 0 : 1;
}

Series error_series(const BundleParts& parts) {
  const bool is_classification = parts.target.task != Task::kRegression;
  Series series;
  series.is_error = is_classification;
  series.minimum = 0;
  if (is_classification) series.maximum = 1;
  const json::value* found = parts.notes.if_contains("metrics");
  const json::object* metrics = found ? found->if_object() : nullptr;
  if (!metrics) return series;
  const double rows = number_or_nan(*metrics, "rows");
  const double mean = is_classification ? 1 - number_or_nan(*metrics, "accuracy") : number_or_nan(*metrics, "mae");
  const double square = is_classification ? mean : std::pow(number_or_nan(*metrics, "rmse"), 2);
  if (!(rows > 0) || std::isnan(mean)) return series;
  series.row_count = rows;
  series.mean = mean;
  series.standard_deviation = std::sqrt(std::max(0.0, square - mean * mean));
  return series;
}

}  // namespace veleta
