#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "data/table.hpp"
#include "veleta/training.hpp"

namespace veleta {

/// Rows of features that own their memory.
struct Matrix {
  std::vector<float> values;
  size_t rows = 0;
  size_t columns = 0;
  std::vector<std::string> names;
  std::vector<const char*> name_pointers;  ///< into names; kept by view()

  /// Valid until the matrix changes or moves.
  MatrixView view();
  Matrix select(std::span<const size_t> rows) const;
};

/// A compact binary form of a matrix, for files between host and worker. parse throws kBadData.
std::string serialize(const Matrix& matrix);
Matrix parse_matrix(std::string_view bytes);

struct FeatureOptions {
  size_t max_one_hot_levels = 12;  ///< categories of up to so many levels become one column each; more: target encoding
  size_t min_level_rows = 5;       ///< rarer levels are taken together with the unknown
  double smoothing = 20;           ///< rows' weight of the overall mean in a level's mean
  size_t folds = 5;                ///< of the out-of-fold encoding of training rows
  bool complete = false;           ///< fill in missing numbers with the training mean, for learners that need it
};

/// Turns table rows into feature rows: numbers as they are; times into days since 1970, year, month and day of week;
/// categories of few levels one-hot, of many by the smoothed mean of the target (Micci-Barreca 2001, eq. 3-4 with
/// lambda(n) = n / (n + smoothing)); unknown and missing categories to the overall mean, or to all zeros. Const functions
/// are thread-safe.
class FeatureEncoder {
 public:
  /// Learns the encoding from `train` (every column but `target_name` becomes features) and encodes the same rows
  /// *out of fold*: a row's target never enters its own features. Folds follow `hashes`. The target is as the learner
  /// sees it (transformed). Writes the encoded rows to `encoded`.
  static FeatureEncoder fit(const Table& train, const std::string& target_name, std::span<const double> target,
                            std::span<const uint64_t> hashes, const FeatureOptions& options, Matrix& encoded);

  /// Encodes rows. Columns are found by name; a column that is absent counts as missing; others are passed over.
  Matrix encode(const Table& rows) const;

  const std::vector<std::string>& feature_names() const { return names_; }
  /// The table columns that features come from, and for each feature the index of its column in it.
  const std::vector<std::string>& source_columns() const { return sources_; }
  const std::vector<size_t>& source_of_feature() const { return source_of_feature_; }

  json::value to_json() const;
  /// Throws kBadData.
  static FeatureEncoder from_json(const json::value& value);

 private:
  struct ColumnEncoder;
  std::vector<ColumnEncoder> encoders_;
  std::vector<std::string> names_;
  std::vector<std::string> sources_;
  std::vector<size_t> source_of_feature_;

 public:
  FeatureEncoder();
  ~FeatureEncoder();
  FeatureEncoder(const FeatureEncoder&);
  FeatureEncoder(FeatureEncoder&&) noexcept;
  FeatureEncoder& operator=(FeatureEncoder&&) noexcept;
};

}  // namespace veleta
