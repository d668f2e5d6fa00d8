// judge_windows: reads comparisons from standard input, one JSON object a line, and answers each with a line.
//   {"detector": "ks", "params": {…}, "reference": [numbers], "current": [numbers]}     → {"statistic": …, "p_value":
//   …}
//   {"detector": "chi_square", "params": {…}, "reference_counts": […], "current_counts": […]}               → the same
//   {"detector": "adwin", "params": {…}, "series": [numbers], "mean": …, "standard_deviation": …}  → {"alarms":
//   [places]}
#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "plugins/plugin_host.hpp"

namespace {

using namespace veleta;

std::vector<double> numbers_in(const json::value& value) {
  std::vector<double> numbers;
  for (const auto& item : value.as_array()) numbers.push_back(item.to_number<double>());
  return numbers;
}

void set(ParamValue& param, const json::value& value) {
  if (param.type == VELETA_NUMBER) param.number = value.to_number<double>();
  if (param.type == VELETA_INTEGER) param.integer = value.to_number<int64_t>();
  if (param.type == VELETA_FLAG) param.integer = value.as_bool();
  if (param.type == VELETA_TEXT) param.text = value.as_string().c_str();
}

std::shared_ptr<DetectorHandle> detector_of(PluginHost& plugins, const json::object& task) {
  const std::string name = task.at("detector").as_string().c_str();
  ParamValues params = default_values(plugins.describe(PluginKind::kDetector, name).params);
  for (const auto& [key, value] : task.at("params").as_object()) {
    const auto param = std::ranges::find(params, std::string(key), &ParamValue::name);
    if (param == params.end()) throw Error(ErrorCode::kInvalidArgument, name + " has no parameter " + std::string(key));
    set(*param, value);
  }
  return plugins.create_detector(name, params, {});
}

struct NumberWindow {
  explicit NumberWindow(std::vector<double> from) : values(std::move(from)) { std::ranges::sort(values); }
  NumericSample sample() const {
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return {values, count, 0, mean, std::sqrt(squares / (count - 1))};
  }
  std::vector<double> values;
};

DriftResult compare_numbers(DetectorHandle& detector, const json::object& task) {
  const NumberWindow reference(numbers_in(task.at("reference"))), current(numbers_in(task.at("current")));
  return detector.compare(reference.sample(), current.sample());
}

DriftResult compare_counts(DetectorHandle& detector, const json::object& task) {
  const std::vector<double> reference = numbers_in(task.at("reference_counts"));
  const std::vector<double> current = numbers_in(task.at("current_counts"));
  std::vector<std::string> texts;
  for (size_t i = 0; i < reference.size(); ++i) texts.push_back("category " + std::to_string(1000 + i));
  std::vector<const char*> labels;
  for (const auto& text : texts) labels.push_back(text.c_str());
  const auto sample = [&](const std::vector<double>& counts) {
    return CategoricalSample{labels, counts, std::accumulate(counts.begin(), counts.end(), 0.0), 0};
  };
  return detector.compare(sample(reference), sample(current));
}

json::object watch(DetectorHandle& detector, const json::object& task) {
  const std::vector<double> values = numbers_in(task.at("series"));
  Series facts;
  facts.row_count = task.contains("mean") ? 1e6 : 0;
  if (task.contains("mean")) facts.mean = task.at("mean").to_number<double>();
  if (task.contains("standard_deviation")) facts.standard_deviation = task.at("standard_deviation").to_number<double>();
  facts.is_error = task.contains("is_error");
  const auto watch = detector.watch(facts);
  json::array alarms;
  for (size_t at = 0; at < values.size();) {
    Signal signal;
    at += watch->update(std::span(values).subspan(at), signal);
    if (signal.level == SignalLevel::kAlarm) alarms.push_back(at - 1);
  }
  return {{"alarms", std::move(alarms)}};
}

json::object answer(PluginHost& plugins, const json::object& task) {
  try {
    const auto detector = detector_of(plugins, task);
    if (task.contains("series")) return watch(*detector, task);
    const DriftResult result =
        task.contains("reference_counts") ? compare_counts(*detector, task) : compare_numbers(*detector, task);
    return {{"statistic", result.statistic}, {"p_value", result.p_value}};
  } catch (const Error& error) {
    return {{"error", error.what()}};
  }
}

}  // namespace

int main() {
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  for (std::string line; std::getline(std::cin, line);)
    std::cout << json::serialize(answer(plugins, json::parse(line).as_object())) << std::endl;
}
