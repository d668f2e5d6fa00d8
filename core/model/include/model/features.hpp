#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "data/table.hpp"
#include "model/matrix.hpp"

namespace veleta {

struct FeatureOptions {
  size_t max_one_hot_levels =
      12;                     ///< categories of up to so many levels become one feature each; more: target encoding
  size_t min_level_rows = 3;  ///< rarer levels are taken together with the unknown
  double smoothing = 10;      ///< rows' weight of the overall mean in a level's mean
  size_t folds = 5;           ///< of the out-of-fold encoding of training rows; at least 2
  bool complete = false;      ///< for learners that need it: no missing numbers, no outliers
};

// Private to core/model: how one column becomes features, and where they go.
class ColumnEncoder;
struct FeatureSlot;

/// Turns table rows into feature rows:
///  - a number as it is;
///  - a time into days since 1970, year, month and day of week (1 is Monday);
///  - a category of few levels into one feature a level, 1 where the row has it;
///  - a category of many into its level's smoothed mean of the target (Micci-Barreca 2001, eq. 3-4 with
///    lambda(n) = n / (n + smoothing)) and the logarithm of its row count.
/// Missing is a level like others, if it is frequent enough. Rare and unknown levels become all zeros, or the overall
/// mean with a count of zero. For learners that need complete rows, missing numbers become the training mean, and a
/// feature outside the middle 99 % of its training rows counts as the nearer end (winsorising): a linear model of a
/// logarithm would make an absurd sum of one absurd cell. Columns that tell training rows apart by nothing become no
/// features. Const functions are thread-safe.
class FeatureEncoder {
 public:
  /// Learns the encoding from `train` (every column but `target_name` becomes features) and encodes the same rows
  /// *out of fold*: a row's target never enters its own features. The fold follows from the row's hash alone, and the
  /// order of the rows does not matter. The target is as the learner sees it (transformed); rows where it is NaN are
  /// encoded, but teach nothing. Writes the encoded rows to `encoded`.
  /// Throws kInvalidArgument where lengths differ, kBadData where no column can become a feature.
  static FeatureEncoder fit(const Table& train, const std::string& target_name, std::span<const double> target,
                            std::span<const uint64_t> hashes, const FeatureOptions& options, Matrix& encoded);

  /// Encodes rows. Columns are found by name; a column that is absent counts as missing; others are passed over. A
  /// column of another type than in training is read by its text: a cell that makes no sense so is missing.
  Matrix encode(const Table& rows) const;

  const std::vector<std::string>& feature_names() const { return names_; }
  /// The table columns that features come from, and for each feature the index of its column in it.
  const std::vector<std::string>& source_columns() const { return sources_; }
  const std::vector<size_t>& source_of_feature() const { return source_of_feature_; }
  /// The names of features and columns for writers of JSON.
  const std::vector<JsonText>& feature_texts() const { return name_texts_; }
  const std::vector<JsonText>& source_texts() const { return source_texts_; }
  /// The features of a source column: the first one's index, and how many follow one another from there.
  size_t first_feature(size_t source) const { return first_feature_[source]; }
  size_t feature_count(size_t source) const;
  /// What an encoded row tells of a column, for people: its level of one-hot features, null of none of them; else its
  /// first feature: the number, days since 1970, a level's mean.
  json::value told(std::span<const float> encoded_row, size_t source) const;
  /// The same as a number to order cells by: a level's place among the levels; NaN where `told` is null.
  double order_of(std::span<const float> encoded_row, size_t source) const;
  /// The training columns that became no features.
  const std::vector<std::string>& constant_columns() const { return constant_columns_; }

  /// from_json(to_json()) encodes every row equally.
  json::value to_json() const;
  /// Throws kBadData.
  static FeatureEncoder from_json(const json::value& value);

 private:
  void add(const std::string& column, std::shared_ptr<const ColumnEncoder> encoder);
  Matrix blank(size_t rows) const;
  FeatureSlot slot(Matrix& encoded, size_t source) const;
  void learn_bounds(const Matrix& encoded, std::span<const uint32_t> rows);
  void clamp(Matrix& encoded) const;
  void read_bounds(const json::value& value);

  std::vector<std::shared_ptr<const ColumnEncoder>> encoders_;  ///< one for each of sources_
  std::vector<std::string> sources_;
  std::vector<size_t> first_feature_;  ///< of each of sources_
  std::vector<std::string> names_;
  std::vector<JsonText> name_texts_, source_texts_;
  std::vector<size_t> source_of_feature_;
  std::vector<std::string> constant_columns_;
  std::vector<float> lowest_, highest_;  ///< of each feature; empty: features have no bounds
};

}  // namespace veleta
