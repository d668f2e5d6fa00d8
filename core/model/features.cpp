#include "model/features.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "column_encoder.hpp"

namespace veleta {

namespace {

constexpr int kFormat = 2;

/// Set apart from the use of the same hash for the holdout.
constexpr uint64_t kFoldSeed = 0x666f6c64;

uint32_t fold_of(uint64_t row_hash, size_t folds) {
  const std::string_view bytes(reinterpret_cast<const char*>(&row_hash), sizeof row_hash);
  return static_cast<uint32_t>(hash64(bytes, kFoldSeed) % folds);
}

TrainingRows training_rows(std::span<const double> target, std::span<const uint64_t> hashes,
                           const FeatureOptions& options) {
  TrainingRows rows{target, std::vector<uint32_t>(target.size()), {}, options};
  for (size_t row = 0; row < target.size(); ++row) {
    rows.fold[row] = fold_of(hashes[row], options.folds);
    if (!std::isnan(target[row])) rows.order.push_back(static_cast<uint32_t>(row));
  }
  std::ranges::sort(rows.order, [&](uint32_t a, uint32_t b) {
    return hashes[a] != hashes[b] ? hashes[a] < hashes[b] : target[a] < target[b];
  });
  return rows;
}

void check(const Table& train, std::span<const double> target, std::span<const uint64_t> hashes,
           const FeatureOptions& options) {
  if (train.row_count() != target.size() || target.size() != hashes.size())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("features are learned from {} rows, with {} targets and {} hashes", train.row_count(),
                            target.size(), hashes.size()));
  if (options.folds < 2 || !(options.smoothing >= 0))
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("features need 2 folds or more and a smoothing of 0 or more; given are {} and {}",
                            options.folds, options.smoothing));
}

/// Share of the training rows at either end of a feature that are taken for outliers.
constexpr double kTailShare = 0.005;

/// So many rows tell the tails well enough.
constexpr size_t kBoundRows = 100'000;

/// The least and the greatest of the values without their tails; with them, where only one value is left.
std::pair<float, float> usual_range(std::vector<float>& values) {
  const size_t tail = static_cast<size_t>(kTailShare * static_cast<double>(values.size()));
  const auto nth = [&](size_t n) {
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(n);
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  const float low = nth(tail), high = nth(values.size() - 1 - tail);
  if (low < high) return {low, high};
  const auto [least, greatest] = std::ranges::minmax(values);
  return {least, greatest};
}

void append_text(Column& column, const std::string& text) {
  if (column.type == ColumnType::kCategory) return column.append_label(text);
  if (column.type == ColumnType::kTime) {
    const auto seconds = parse_iso_time(text);
    return seconds ? column.append_number(*seconds) : column.append_missing();
  }
  const auto number = parse_number(text);
  number ? column.append_number(*number) : column.append_missing();
}

/// The column as one of another type, each cell read from its text.
Column retyped(const Column& from, ColumnType type) {
  Column to;
  to.name = from.name;
  to.type = type;
  for (size_t row = 0; row < from.size(); ++row)
    from.is_missing(row) ? to.append_missing() : append_text(to, from.text(row));
  return to;
}

Column missing_column(ColumnType type, size_t rows) {
  Column column;
  column.type = type;
  for (size_t row = 0; row < rows; ++row) column.append_missing();
  return column;
}

}  // namespace

FeatureEncoder FeatureEncoder::fit(const Table& train, const std::string& target_name, std::span<const double> target,
                                   std::span<const uint64_t> hashes, const FeatureOptions& options, Matrix& encoded) {
  check(train, target, hashes, options);
  const TrainingRows rows = training_rows(target, hashes, options);
  FeatureEncoder result;
  for (const Column& column : train.columns) {
    if (column.name == target_name) continue;
    if (auto encoder = fit_column(column, rows))
      result.add(column.name, std::move(encoder));
    else
      result.constant_columns_.push_back(column.name);
  }
  if (result.names_.empty())
    throw Error(ErrorCode::kBadData, fmt::format("no column can become a feature: all {} hold one value or none",
                                                 result.constant_columns_.size()));
  encoded = result.blank(train.row_count());
  for (size_t source = 0; source < result.sources_.size(); ++source)
    result.encoders_[source]->encode_training(train.at(result.sources_[source]), rows, result.slot(encoded, source));
  if (options.complete) result.learn_bounds(encoded, rows.order);
  result.clamp(encoded);
  return result;
}

Matrix FeatureEncoder::encode(const Table& rows) const {
  Matrix encoded = blank(rows.row_count());
  size_t next = 0;  // rows mostly have their columns in the training's order
  for (size_t source = 0; source < sources_.size(); ++source) {
    const ColumnEncoder& encoder = *encoders_[source];
    const FeatureSlot out = slot(encoded, source);
    const Column* column = rows.find(sources_[source], next);
    if (column) next = static_cast<size_t>(column - rows.columns.data()) + 1;
    if (column && column->type == encoder.type())
      encoder.encode(*column, out);
    else
      encoder.encode(column ? retyped(*column, encoder.type()) : missing_column(encoder.type(), rows.row_count()), out);
  }
  clamp(encoded);
  return encoded;
}

size_t FeatureEncoder::feature_count(size_t source) const {
  return (source + 1 < first_feature_.size() ? first_feature_[source + 1] : names_.size()) - first_feature_[source];
}

json::value FeatureEncoder::told(std::span<const float> encoded_row, size_t source) const {
  const json::array labels = encoders_[source]->level_labels();
  if (labels.empty()) return veleta::to_json(encoded_row[first_feature_[source]]);
  const double level = order_of(encoded_row, source);
  return std::isnan(level) ? json::value(nullptr) : labels[static_cast<size_t>(level)];
}

double FeatureEncoder::order_of(std::span<const float> encoded_row, size_t source) const {
  const auto features = encoded_row.subspan(first_feature_[source], feature_count(source));
  const json::array labels = encoders_[source]->level_labels();
  if (labels.empty()) return features.front();
  const auto level = std::ranges::find(features, 1.0F);
  const bool is_told = level != features.end() && !labels[static_cast<size_t>(level - features.begin())].is_null();
  return is_told ? static_cast<double>(level - features.begin()) : std::nan("");
}

void FeatureEncoder::learn_bounds(const Matrix& encoded, std::span<const uint32_t> rows) {
  if (rows.empty()) return;
  rows = rows.first(std::min(rows.size(), kBoundRows));  // ordered by hash: a fair sample
  std::vector<float> values(rows.size());
  for (size_t feature = 0; feature < encoded.columns; ++feature) {
    for (size_t i = 0; i < rows.size(); ++i) values[i] = encoded.values[rows[i] * encoded.columns + feature];
    const auto [low, high] = usual_range(values);
    lowest_.push_back(low);
    highest_.push_back(high);
  }
}

void FeatureEncoder::clamp(Matrix& encoded) const {
  if (lowest_.empty()) return;
  for (size_t row = 0; row < encoded.rows; ++row)
    for (size_t feature = 0; feature < encoded.columns; ++feature) {
      float& value = encoded.values[row * encoded.columns + feature];
      value = std::clamp(value, lowest_[feature], highest_[feature]);
    }
}

void FeatureEncoder::add(const std::string& column, ColumnEncoderPointer encoder) {
  first_feature_.push_back(names_.size());
  for (std::string& name : encoder->feature_names(column)) {
    name_texts_.emplace_back(name);
    names_.push_back(std::move(name));
    source_of_feature_.push_back(sources_.size());
  }
  source_texts_.emplace_back(column);
  sources_.push_back(column);
  encoders_.push_back(std::move(encoder));
}

Matrix FeatureEncoder::blank(size_t rows) const {
  return {std::vector<float>(rows * names_.size()), rows, names_.size(), names_, {}};
}

FeatureSlot FeatureEncoder::slot(Matrix& encoded, size_t source) const {
  return {encoded.values.data() + first_feature_[source], encoded.columns};
}

json::value FeatureEncoder::to_json() const {
  json::array columns;
  for (size_t source = 0; source < sources_.size(); ++source) {
    json::object column{{"column", sources_[source]}};
    for (auto& [key, value] : encoders_[source]->to_json()) column[key] = std::move(value);
    columns.push_back(std::move(column));
  }
  return {{"format", kFormat},
          {"columns", std::move(columns)},
          {"constant_columns", json::value_from(constant_columns_)},
          {"lowest", veleta::to_json(std::span(lowest_))},
          {"highest", veleta::to_json(std::span(highest_))}};
}

FeatureEncoder FeatureEncoder::from_json(const json::value& value) {
  FeatureEncoder result;
  std::string column = "none yet";
  try {
    if (value.at("format").as_int64() != kFormat)
      throw Error(ErrorCode::kBadData, fmt::format("this version reads format {} alone", kFormat));
    for (const auto& entry : value.at("columns").as_array()) {
      column = json::value_to<std::string>(entry.at("column"));
      result.add(column, column_encoder_from_json(entry.as_object()));
    }
    column = "none";
    result.constant_columns_ = json::value_to<std::vector<std::string>>(value.at("constant_columns"));
    result.read_bounds(value);
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kBadData,
                fmt::format("the feature encoding is broken, at column '{}': {}", column, error.what()));
  }
  return result;
}

void FeatureEncoder::read_bounds(const json::value& value) {
  lowest_ = floats_from_json(value.at("lowest"));
  highest_ = floats_from_json(value.at("highest"));
  const bool complete = lowest_.size() == names_.size() && std::ranges::equal(lowest_, highest_, std::less_equal{});
  if (!complete && !(lowest_.empty() && highest_.empty()))
    throw Error(ErrorCode::kBadData, fmt::format("{} features need as many bounds, each low before high; there are {} "
                                                 "and {}",
                                                 names_.size(), lowest_.size(), highest_.size()));
}

}  // namespace veleta
