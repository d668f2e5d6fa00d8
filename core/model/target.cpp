#include "model/target.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace veleta {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
/// exp of it is near the largest double.
constexpr double kLargestLog = 700;

double class_of(const Column& column, size_t row, const TargetSpec& spec) {
  if (column.is_missing(row)) return kMissing;
  const std::string label = column.text(row);
  if (label == spec.positive) return 1;
  return spec.negative.empty() || label == spec.negative ? 0 : kMissing;
}

}  // namespace

std::vector<double> TargetSpec::values(const Table& table) const {
  const Column& target = table.at(column);
  if (task == Task::kRegression) {
    if (target.type != ColumnType::kNumber)
      throw Error(ErrorCode::kBadData,
                  fmt::format("the target column '{}' of a regression must hold numbers; it is a {}", column,
                              to_string(target.type)));
    return target.numbers;
  }
  std::vector<double> classes(target.size());
  for (size_t row = 0; row < classes.size(); ++row) classes[row] = class_of(target, row, *this);
  return classes;
}

std::vector<double> TargetSpec::to_learner(const std::vector<double>& values) const {
  if (task != Task::kRegression || transform == TargetTransform::kNone) return values;
  std::vector<double> logs(values.size());
  for (size_t row = 0; row < values.size(); ++row) {
    if (values[row] < 0)
      throw Error(ErrorCode::kBadData,
                  fmt::format("the log transform of target '{}' needs values of 0 or more; row {} has {}", column, row,
                              format_number(values[row])));
    logs[row] = std::log1p(values[row]);
  }
  return logs;
}

double TargetSpec::from_learner(double prediction) const {
  if (task == Task::kBinary) return std::clamp(prediction, 0.0, 1.0);
  return transform == TargetTransform::kLog ? std::expm1(std::min(prediction, kLargestLog)) : prediction;
}

json::value to_json(const TargetSpec& spec) {
  return {{"column", spec.column},
          {"task", spec.task == Task::kBinary ? "binary" : "regression"},
          {"transform", spec.transform == TargetTransform::kLog ? "log" : "none"},
          {"positive", spec.positive},
          {"negative", spec.negative}};
}

TargetSpec target_from_json(const json::value& value) {
  const auto* object = value.if_object();
  if (!object) throw Error(ErrorCode::kBadData, "a target must be a JSON object");
  TargetSpec spec;
  spec.column = text_or_empty(*object, "column");
  spec.positive = text_or_empty(*object, "positive");
  spec.negative = text_or_empty(*object, "negative");
  const std::string task = text_or_empty(*object, "task"), transform = text_or_empty(*object, "transform");
  if (spec.column.empty() || (task != "binary" && task != "regression") || (transform != "log" && transform != "none"))
    throw Error(ErrorCode::kBadData,
                fmt::format("a target needs a column, a task (regression, binary) and a transform (none, log); it has "
                            "'{}', '{}' and '{}'",
                            spec.column, task, transform));
  spec.task = task == "binary" ? Task::kBinary : Task::kRegression;
  spec.transform = transform == "log" ? TargetTransform::kLog : TargetTransform::kNone;
  return spec;
}

}  // namespace veleta
