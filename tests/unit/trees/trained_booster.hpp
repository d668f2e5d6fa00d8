#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "veleta/training.hpp"

// Models of the installed XGBoost, straight from its C API: what its files hold, and what it predicts itself.

namespace veleta::testing {

/// Rows of made features with a target in each of several kinds: a number, a class of two, a class of three, a count.
struct BoosterRows {
  size_t rows, columns;
  std::vector<float> values;
  std::vector<float> number, two_classes, three_classes, count;
  std::vector<std::string> types;  ///< "q", or "c" for the categorical columns, which are the last

  /// Categories are 0 to `categories` - 1.
  BoosterRows(size_t rows, size_t columns, size_t categorical_columns, int categories, double missing_share,
              uint32_t seed);
  MatrixView view() const { return {values.data(), rows, columns, {}}; }
};

class TrainedBooster {
 public:
  using Parameters = std::map<std::string, std::string>;

  TrainedBooster(const BoosterRows& rows, const std::vector<float>& target, const Parameters& parameters, int rounds);
  static TrainedBooster load(const std::string& bytes);

  std::string json() const { return save("json"); }
  std::string ubjson() const { return save("ubj"); }
  /// What XGBoosterPredictFromDense gives: one number a row and output.
  std::vector<float> margins(const MatrixView& rows) const { return predict(rows, 1); }
  std::vector<float> predictions(const MatrixView& rows) const { return predict(rows, 0); }
  /// XGBoost's own contributions: of each row and output one a column, and the base value.
  std::vector<float> contributions(const MatrixView& rows) const { return explain(rows, 2); }
  /// XGBoost's own interactions: of each row and output a matrix with a row and a column more than there are columns.
  std::vector<float> interactions(const MatrixView& rows) const { return explain(rows, 4); }

 private:
  explicit TrainedBooster(void* handle);
  std::string save(const std::string& format) const;
  std::vector<float> predict(const MatrixView& rows, int type) const;
  std::vector<float> explain(const MatrixView& rows, int type) const;

  std::shared_ptr<void> handle_;
};

}  // namespace veleta::testing
