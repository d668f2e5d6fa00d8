#pragma once

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/table.hpp"
#include "model/features.hpp"

namespace veleta {

/// What encoders learn from.
struct TrainingRows {
  std::span<const double> target;
  std::vector<uint32_t> fold;   ///< of each row
  std::vector<uint32_t> order;  ///< the rows with a target, ordered by content: no sum depends on the table's order
  const FeatureOptions& options;
};

/// Where a column's features go: row r's begin at values + r * stride.
struct FeatureSlot {
  float* values;
  size_t stride;
  float* row(size_t index) const { return values + index * stride; }
};

inline constexpr float kMissingFeature = std::numeric_limits<float>::quiet_NaN();

/// The nearest float that is finite: learners take no infinities.
float finite_float(double number);

/// The mean of the numbers that are not NaN; 0 of none.
class Mean {
 public:
  void add(double number);
  float value() const;

 private:
  double sum_ = 0;
  size_t count_ = 0;
};

/// How one column becomes features. All that is learned is kept in float, the matrix's own precision, which survives
/// JSON unchanged. Immutable.
class ColumnEncoder {
 public:
  virtual ~ColumnEncoder() = default;

  /// The type of column that encode takes.
  virtual ColumnType type() const = 0;
  virtual std::vector<std::string> feature_names(const std::string& column) const = 0;
  virtual void encode(const Column& column, FeatureSlot out) const = 0;
  /// Encodes the rows it was fitted to, none by its own target.
  virtual void encode_training(const Column& column, const TrainingRows&, FeatureSlot out) const {
    encode(column, out);
  }
  /// Of each feature the level that it is 1 for; null of missing. Empty where features are no levels.
  virtual json::array level_labels() const { return {}; }
  /// "kind" and what was learned.
  virtual json::object to_json() const = 0;
};

using ColumnEncoderPointer = std::shared_ptr<const ColumnEncoder>;
class Levels;

/// The encoder that suits the column; null where the column tells rows apart by nothing: all cells missing, or all
/// alike.
ColumnEncoderPointer fit_column(const Column& column, const TrainingRows& rows);
ColumnEncoderPointer fit_number(const Column& column, const TrainingRows& rows);
ColumnEncoderPointer fit_time(const Column& column, const TrainingRows& rows);
ColumnEncoderPointer make_one_hot(Levels levels);
ColumnEncoderPointer fit_target_mean(Levels levels, const Column& column, const TrainingRows& rows);

/// Throws kBadData, or what Boost.JSON throws.
ColumnEncoderPointer column_encoder_from_json(const json::object& object);
ColumnEncoderPointer number_from_json(const json::object& object);
ColumnEncoderPointer time_from_json(const json::object& object);
ColumnEncoderPointer one_hot_from_json(const json::object& object);
ColumnEncoderPointer target_mean_from_json(const json::object& object);

/// The float as JSON has it: in as few digits as tell it from its neighbours; null for NaN.
json::value to_json(float number);
json::array to_json(std::span<const float> numbers);
float float_from_json(const json::value& value);
std::vector<float> floats_from_json(const json::value& value);

}  // namespace veleta
