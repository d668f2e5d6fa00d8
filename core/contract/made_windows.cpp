#include "made_windows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace veleta::contract {

namespace {

constexpr size_t kRows = 500;

std::vector<double> rounded(std::vector<double> values) {
  for (double& value : values) value = std::round(value);
  return values;
}

std::vector<CategoricalColumns::Row> many_labels(size_t count, double rows) {
  std::vector<CategoricalColumns::Row> made;
  for (size_t i = 0; i < count; ++i) {
    const double share = rows / static_cast<double>(i + 1);
    made.push_back({"label " + std::to_string(i), share, share * (i % 2 ? 1.2 : 0.8)});
  }
  return made;
}

/// Rows of three bell-shaped features.
std::vector<float> features(uint64_t seed, size_t rows, double mean = 0) {
  const auto values = bell(seed, 3 * rows, mean);
  return {values.begin(), values.end()};
}

std::vector<float> with_gaps(std::vector<float> values) {
  for (size_t i = 0; i < values.size(); i += 7) values[i] = std::numeric_limits<float>::quiet_NaN();
  return values;
}

}  // namespace

std::vector<double> bell(uint64_t seed, size_t count, double mean, double width) {
  std::mt19937_64 random(seed);
  std::vector<double> values(count);
  for (double& value : values) {
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53;
    value = mean + width * (sum - 6);
  }
  return values;
}

RowWindow::RowWindow(std::vector<float> values, size_t columns, double error) : values_(std::move(values)) {
  for (size_t column = 0; column < columns; ++column) names_.push_back("feature " + std::to_string(column));
  for (size_t at = 0; at + columns <= values_.size(); at += columns) {
    const auto known = [](float value) { return std::isfinite(value) ? static_cast<double>(value) : 0.0; };
    predictions_.push_back(known(values_[at]));
    targets_.push_back(predictions_.back() + error * known(values_[at + 1]));
  }
  part_rows_.assign(kMostParts, static_cast<double>(predictions_.size()));
}

RowSample RowWindow::sample(size_t parts) const {
  name_pointers_.clear();
  for (const auto& name : names_) name_pointers_.push_back(name.c_str());
  RowSample sample;
  sample.part_rows = std::span(part_rows_).first(parts);
  sample.row_count = static_cast<double>(parts * predictions_.size());
  sample.features = {values_.data(), predictions_.size(), names_.size(), name_pointers_};
  sample.predictions = predictions_;
  sample.targets = targets_;
  return sample;
}

std::vector<RowPair> row_pairs() {
  const auto usual = features(11, kRows);
  const float huge = 1e30F, tiny = std::numeric_limits<float>::denorm_min();
  const auto window = [](std::vector<float> values, double error = 1) {
    return RowWindow(std::move(values), 3, error);
  };
  return {
      {Theme::kEqual, "equal windows", window(usual), window(usual)},
      {Theme::kEqual, "equal windows with gaps", window(with_gaps(usual)), window(with_gaps(usual))},
      {Theme::kChanged, "features that moved", window(usual), window(features(12, kRows, 2))},
      {Theme::kChanged, "errors that grew", window(usual), window(features(13, kRows), 3)},
      {Theme::kChanged, "five times the rows", window(usual), window(features(14, 5 * kRows))},
      {Theme::kEmpty, "an empty reference", window({}), window(usual)},
      {Theme::kEmpty, "an empty current window", window(usual), window({})},
      {Theme::kEmpty, "one row in either window", window({1, 2, 3}), window({1, 3, 2})},
      {Theme::kConstant, "one constant", window(std::vector<float>(300, 1)), window(std::vector<float>(240, 1))},
      {Theme::kConstant, "two constants", window(std::vector<float>(300, 1)), window(std::vector<float>(300, 2))},
      {Theme::kExtreme, "an absurd value among others", window(usual), window([&] {
         auto values = features(15, kRows);
         values[300] = huge;
         return values;
       }())},
      {Theme::kExtreme, "the largest and the smallest values", window(std::vector<float>(300, huge)),
       window(std::vector<float>(300, tiny))},
  };
}

NumericColumn::NumericColumn(std::vector<double> values, double missing_count, double row_count)
    : sorted_(std::move(values)),
      row_count_(row_count < 0 ? static_cast<double>(sorted_.size()) : row_count),
      missing_count_(missing_count) {
  std::sort(sorted_.begin(), sorted_.end());
  const auto count = static_cast<long double>(sorted_.size());
  long double sum = 0, squares = 0;  // wider than the values: extreme ones must not overflow here
  for (const double value : sorted_) sum += value;
  const long double mean = count > 0 ? sum / count : 0;
  for (const double value : sorted_) squares += (value - mean) * (value - mean);
  mean_ = static_cast<double>(mean);
  standard_deviation_ = count > 1 ? static_cast<double>(std::sqrt(squares / (count - 1))) : 0;
}

NumericSample NumericColumn::sample() const {
  NumericSample sample{sorted_, row_count_, missing_count_, mean_, standard_deviation_};
  sample.wrong_type_count = wrong_type_count_;
  return sample;
}

CategoricalColumns::CategoricalColumns(std::vector<Row> rows, double reference_missing, double current_missing)
    : rows_(std::move(rows)), reference_missing_(reference_missing), current_missing_(current_missing) {
  for (const auto& row : rows_) {
    reference_counts_.push_back(row.reference);
    current_counts_.push_back(row.current);
  }
}

CategoricalSample CategoricalColumns::reference() const { return sample(reference_counts_, reference_missing_); }
CategoricalSample CategoricalColumns::current() const { return sample(current_counts_, current_missing_); }

CategoricalSample CategoricalColumns::sample(const std::vector<double>& counts, double missing_count) const {
  labels_.clear();
  double row_count = 0;
  for (size_t i = 0; i < rows_.size(); ++i) {
    labels_.push_back(rows_[i].label.c_str());
    row_count += counts[i];
  }
  return {labels_, counts, row_count, missing_count};
}

std::vector<NumericPair> numeric_pairs() {
  const auto usual = bell(1, kRows);
  const std::vector<double> constant(50, 7.0);
  const double tiny = std::numeric_limits<double>::denorm_min(), huge = 1e300;
  NumericColumn with_text(bell(11, kRows), kRows);
  with_text.set_wrong_types(kRows);
  return {
      {Theme::kEqual, "equal windows", NumericColumn(usual), NumericColumn(usual)},
      {Theme::kEqual, "equal windows with ties", NumericColumn(rounded(usual)), NumericColumn(rounded(usual))},
      {Theme::kChanged, "a shifted window", NumericColumn(usual), NumericColumn(bell(2, kRows, 3))},
      {Theme::kChanged, "a wider window", NumericColumn(usual), NumericColumn(bell(3, kRows, 0, 4))},
      {Theme::kChanged, "missing values", NumericColumn(usual), NumericColumn(bell(4, kRows), 2.0 * kRows)},
      {Theme::kChanged, "text among numbers", NumericColumn(usual), with_text},
      {Theme::kEmpty, "an empty reference", NumericColumn({}), NumericColumn(usual)},
      {Theme::kEmpty, "an empty current window", NumericColumn(usual), NumericColumn({})},
      {Theme::kEmpty, "windows without a row", NumericColumn({}), NumericColumn({})},
      {Theme::kEmpty, "windows of missing values", NumericColumn({}, 50), NumericColumn({}, 60)},
      {Theme::kEmpty, "one row in either window", NumericColumn({1.0}), NumericColumn({2.0})},
      {Theme::kConstant, "one constant", NumericColumn(constant), NumericColumn(constant)},
      {Theme::kConstant, "two constants", NumericColumn(constant), NumericColumn(std::vector<double>(40, 8.0))},
      {Theme::kConstant, "a constant that starts to vary", NumericColumn(constant), NumericColumn(usual)},
      {Theme::kExtreme, "values about 1e300", NumericColumn({-huge, 0, huge}), NumericColumn({-huge, huge, huge})},
      {Theme::kExtreme, "the smallest values", NumericColumn({0, tiny, 2 * tiny}), NumericColumn({-tiny, 0, tiny})},
      {Theme::kExtreme, "values far from zero and near each other", NumericColumn(bell(5, kRows, 1e15)),
       NumericColumn(bell(6, kRows, 1e15 + 1))},
      {Theme::kLarge, "30,000 values", NumericColumn(bell(7, 30000)), NumericColumn(bell(8, 30000, 0.1))},
      {Theme::kLarge, "grids of 1e9 rows", NumericColumn(bell(9, 1000), 1e6, 1e9),
       NumericColumn(bell(10, 1000, 0.5), 1e7, 1e9)},
  };
}

std::vector<CategoricalPair> categorical_pairs() {
  return {
      {Theme::kEqual, "equal windows", CategoricalColumns({{"a", 350, 350}, {"b", 100, 100}, {"c", 50, 50}})},
      {Theme::kChanged, "other shares", CategoricalColumns({{"a", 350, 50}, {"b", 100, 100}, {"c", 50, 350}})},
      {Theme::kChanged, "a new label", CategoricalColumns({{"a", 350, 200}, {"b", 150, 100}, {"new", 0, 200}})},
      {Theme::kChanged, "a label that went", CategoricalColumns({{"a", 250, 500}, {"gone", 250, 0}})},
      {Theme::kChanged, "missing values", CategoricalColumns({{"a", 350, 350}, {"b", 150, 150}}, 0, 1000)},
      {Theme::kEmpty, "an empty reference", CategoricalColumns({{"a", 0, 50}, {"b", 0, 60}})},
      {Theme::kEmpty, "an empty current window", CategoricalColumns({{"a", 50, 0}, {"b", 60, 0}})},
      {Theme::kEmpty, "windows without a row", CategoricalColumns({})},
      {Theme::kEmpty, "windows of missing values", CategoricalColumns({}, 50, 60)},
      {Theme::kEmpty, "one row in either window", CategoricalColumns({{"a", 1, 0}, {"b", 0, 1}})},
      {Theme::kConstant, "one label", CategoricalColumns({{"a", 500, 400}})},
      {Theme::kConstant, "two constants", CategoricalColumns({{"a", 500, 0}, {"b", 0, 500}})},
      {Theme::kExtreme, "strange labels",
       CategoricalColumns({{"", 100, 90}, {"%s%n\n\"", 90, 110}, {"☂", 50, 60}, {std::string(5000, 'x'), 10, 300}})},
      {Theme::kExtreme, "one row against 1e9", CategoricalColumns({{"a", 1e9, 1}, {"b", 1, 0}})},
      {Theme::kLarge, "3,000 labels", CategoricalColumns(many_labels(3000, 1e5))},
      {Theme::kLarge, "1e9 rows", CategoricalColumns(many_labels(20, 1e9))},
  };
}

}  // namespace veleta::contract
