#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "veleta/training.hpp"

// XGBoost's C API, owned and checked: what fails there throws veleta::Error with XGBoost's own words.

namespace xgboost_plugin {

using veleta::MatrixView;

/// XGBoost's own copy of rows and, where given, their targets.
class DataMatrix {
 public:
  DataMatrix(const MatrixView& rows, std::span<const double> targets, unsigned threads);
  /// The rows in `max_bins` bins a feature, for training by histograms alone. Bins are made after evenly spread rows,
  /// of which 100,000 show where quantiles lie as well as all do.
  static DataMatrix binned(const MatrixView& rows, std::span<const double> targets, int max_bins, unsigned threads);
  void* handle() const { return handle_.get(); }

 private:
  explicit DataMatrix(void* handle);
  std::shared_ptr<void> handle_;
};

/// One XGBoost model. Const functions are thread-safe once ready_to_predict was called.
class Booster {
 public:
  /// A model without trees, to be trained on `train`.
  explicit Booster(const DataMatrix& train);
  /// The model that `bytes` hold. Throws kBadData.
  static Booster load(std::string_view bytes);

  void set(const std::string& parameter, const std::string& value);
  void set(const std::string& parameter, double value);
  void set_feature_names(std::span<const char* const> names);

  /// Adds the trees of one round.
  void boost(int round, const DataMatrix& train);
  /// The evaluation metric on `rows` after `round`.
  double evaluate(int round, const DataMatrix& rows) const;
  /// The model of the first `rounds` rounds alone.
  Booster first_rounds(int rounds) const;

  size_t feature_count() const;
  /// Universal Binary JSON.
  std::string save() const;

  /// Does now what XGBoost would do at its first prediction, which must not happen in two threads at once.
  void ready_to_predict();
  /// Fills one margin (before the link) a row.
  void predict_margins(const MatrixView& rows, std::span<double> margins) const;

 private:
  explicit Booster(void* handle);
  std::shared_ptr<void> handle_;
};

}  // namespace xgboost_plugin
