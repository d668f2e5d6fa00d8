#include "model/features.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "column_encoder.hpp"

namespace veleta {

namespace {

constexpr int kFormat = 1;

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
  return result;
}

Matrix FeatureEncoder::encode(const Table& rows) const {
  Matrix encoded = blank(rows.row_count());
  for (size_t source = 0; source < sources_.size(); ++source) {
    const ColumnEncoder& encoder = *encoders_[source];
    const FeatureSlot out = slot(encoded, source);
    const Column* column = rows.find(sources_[source]);
    if (column && column->type == encoder.type())
      encoder.encode(*column, out);
    else
      encoder.encode(column ? retyped(*column, encoder.type()) : missing_column(encoder.type(), rows.row_count()), out);
  }
  return encoded;
}

void FeatureEncoder::add(const std::string& column, ColumnEncoderPointer encoder) {
  first_feature_.push_back(names_.size());
  for (std::string& name : encoder->feature_names(column)) {
    names_.push_back(std::move(name));
    source_of_feature_.push_back(sources_.size());
  }
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
  return {
      {"format", kFormat}, {"columns", std::move(columns)}, {"constant_columns", json::value_from(constant_columns_)}};
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
    result.constant_columns_ = json::value_to<std::vector<std::string>>(value.at("constant_columns"));
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kBadData,
                fmt::format("the feature encoding is broken, at column '{}': {}", column, error.what()));
  }
  return result;
}

}  // namespace veleta
