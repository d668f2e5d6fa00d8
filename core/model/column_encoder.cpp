#include "column_encoder.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/json_writer.hpp"
#include "category_levels.hpp"

namespace veleta {

float finite_float(double number) {
  // Learners cut beyond the largest value they see, so twice of it must still be finite.
  constexpr double kLargest = 1e38;
  return static_cast<float>(std::clamp(number, -kLargest, kLargest));
}

void Mean::add(double number) {
  if (std::isnan(number)) return;
  sum_ += number;
  ++count_;
}

float Mean::value() const { return count_ == 0 ? 0 : finite_float(sum_ / static_cast<double>(count_)); }

namespace {

ColumnEncoderPointer fit_category(const Column& column, const TrainingRows& rows) {
  auto [levels, has_others] = choose_levels(column, rows);
  const bool tells_rows_apart = levels.size() > 1 || (levels.size() == 1 && has_others);
  if (!tells_rows_apart) return nullptr;
  if (levels.size() <= rows.options.max_one_hot_levels) return make_one_hot(std::move(levels));
  return fit_target_mean(std::move(levels), column, rows);
}

}  // namespace

ColumnEncoderPointer fit_column(const Column& column, const TrainingRows& rows) {
  switch (column.type) {
    case ColumnType::kNumber: return fit_number(column, rows);
    case ColumnType::kTime: return fit_time(column, rows);
    case ColumnType::kCategory: return fit_category(column, rows);
  }
  throw Error(ErrorCode::kInternal, fmt::format("column '{}' has no type", column.name));
}

ColumnEncoderPointer column_encoder_from_json(const json::object& object) {
  const std::string kind = text_or_empty(object, "kind");
  if (kind == "number") return number_from_json(object);
  if (kind == "time") return time_from_json(object);
  if (kind == "one_hot") return one_hot_from_json(object);
  if (kind == "target_mean") return target_mean_from_json(object);
  throw Error(ErrorCode::kBadData, fmt::format("there is no column encoder of kind '{}'", kind));
}

json::value to_json(float number) { return number_or_null(nearest_double(number)); }

json::array to_json(std::span<const float> numbers) {
  json::array array;
  array.reserve(numbers.size());
  for (const float number : numbers) array.push_back(to_json(number));
  return array;
}

float float_from_json(const json::value& value) {
  return value.is_null() ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(value.to_number<double>());
}

std::vector<float> floats_from_json(const json::value& value) {
  std::vector<float> numbers;
  numbers.reserve(value.as_array().size());
  for (const auto& number : value.get_array()) numbers.push_back(float_from_json(number));
  return numbers;
}

}  // namespace veleta
