#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "column_encoder.hpp"

namespace veleta {

namespace {

/// True where nothing in the numbers tells rows apart. Where missing cells are to be filled in, they tell nothing.
bool is_constant(const std::vector<double>& numbers, bool fill_missing) {
  const auto present = [](double number) { return !std::isnan(number); };
  const auto first = std::find_if(numbers.begin(), numbers.end(), present);
  if (first == numbers.end()) return true;
  const bool all_equal =
      std::all_of(first, numbers.end(), [&](double number) { return std::isnan(number) || number == *first; });
  return all_equal && (fill_missing || std::all_of(numbers.begin(), numbers.end(), present));
}

class NumberEncoder final : public ColumnEncoder {
 public:
  /// `fill` stands for missing; NaN leaves it missing.
  explicit NumberEncoder(float fill) : fill_(fill) {}

  ColumnType type() const override { return ColumnType::kNumber; }
  std::vector<std::string> feature_names(const std::string& column) const override { return {column}; }

  void encode(const Column& column, FeatureSlot out) const override {
    for (size_t row = 0; row < column.numbers.size(); ++row) {
      const double number = column.numbers[row];
      *out.row(row) = std::isnan(number) ? fill_ : finite_float(number);
    }
  }

  json::object to_json() const override { return {{"kind", "number"}, {"fill", veleta::to_json(fill_)}}; }

 private:
  float fill_;
};

constexpr size_t kTimeParts = 4;
using TimeParts = std::array<float, kTimeParts>;
constexpr std::array<const char*, kTimeParts> kTimePartNames = {"days", "year", "month", "weekday"};

/// Days since 1970-01-01 with their fraction, year, month (1 to 12) and day of week (1 is Monday). All NaN where the
/// time is missing or outside the calendar.
TimeParts time_parts(double seconds) {
  using namespace std::chrono;
  constexpr double kLastDay = 10'000'000;
  const double days_since_1970 = seconds / 86400;
  if (!(std::abs(days_since_1970) < kLastDay))
    return {kMissingFeature, kMissingFeature, kMissingFeature, kMissingFeature};
  const sys_days day{days{static_cast<int>(std::floor(days_since_1970))}};
  const year_month_day date{day};
  return {static_cast<float>(days_since_1970), static_cast<float>(static_cast<int>(date.year())),
          static_cast<float>(static_cast<unsigned>(date.month())), static_cast<float>(weekday{day}.iso_encoding())};
}

class TimeEncoder final : public ColumnEncoder {
 public:
  explicit TimeEncoder(const TimeParts& fill) : fill_(fill) {}

  ColumnType type() const override { return ColumnType::kTime; }

  std::vector<std::string> feature_names(const std::string& column) const override {
    std::vector<std::string> names;
    for (const char* part : kTimePartNames) names.push_back(column + " (" + part + ")");
    return names;
  }

  void encode(const Column& column, FeatureSlot out) const override {
    for (size_t row = 0; row < column.numbers.size(); ++row) {
      const TimeParts parts = time_parts(column.numbers[row]);
      std::ranges::copy(std::isnan(parts[0]) ? fill_ : parts, out.row(row));
    }
  }

  json::object to_json() const override { return {{"kind", "time"}, {"fill", veleta::to_json(std::span(fill_))}}; }

 private:
  TimeParts fill_;
};

}  // namespace

ColumnEncoderPointer fit_number(const Column& column, const TrainingRows& rows) {
  const bool complete = rows.options.complete;
  if (is_constant(column.numbers, complete)) return nullptr;
  Mean mean;
  for (const uint32_t row : rows.order) mean.add(finite_float(column.numbers[row]));
  return std::make_shared<NumberEncoder>(complete ? mean.value() : kMissingFeature);
}

ColumnEncoderPointer fit_time(const Column& column, const TrainingRows& rows) {
  const bool complete = rows.options.complete;
  if (is_constant(column.numbers, complete)) return nullptr;
  std::array<Mean, kTimeParts> means;
  for (const uint32_t row : rows.order) {
    const TimeParts parts = time_parts(column.numbers[row]);
    for (size_t part = 0; part < kTimeParts; ++part) means[part].add(parts[part]);
  }
  TimeParts fill;
  std::ranges::transform(means, fill.begin(),
                         [&](const Mean& mean) { return complete ? mean.value() : kMissingFeature; });
  return std::make_shared<TimeEncoder>(fill);
}

ColumnEncoderPointer number_from_json(const json::object& object) {
  return std::make_shared<NumberEncoder>(float_from_json(object.at("fill")));
}

ColumnEncoderPointer time_from_json(const json::object& object) {
  const std::vector<float> fill = floats_from_json(object.at("fill"));
  if (fill.size() != kTimeParts) throw Error(ErrorCode::kBadData, "a time encoder fills in four parts");
  TimeParts parts;
  std::ranges::copy(fill, parts.begin());
  return std::make_shared<TimeEncoder>(parts);
}

}  // namespace veleta
