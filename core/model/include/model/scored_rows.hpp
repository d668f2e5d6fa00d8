#pragma once

#include <span>
#include <vector>

#include "data/profile.hpp"
#include "model/matrix.hpp"

namespace veleta {

class Bundle;

/// Rows of a window as a model sees them.
struct ScoredRows {
  /// More rows would not change what detectors say of a window.
  static constexpr size_t kMaxRows = 4096;

  Matrix features;                  ///< encoded
  std::vector<double> predictions;  ///< one a row, as Bundle::predict gives them
  std::vector<double> targets;      ///< one a row, NaN where it has none; empty: the rows have no target column
};

/// Scores all rows of the table. Throws as Bundle::predict does.
ScoredRows score_rows(const Bundle& bundle, const Table& rows);

/// The column "prediction".
Profile profile_of_predictions(std::span<const double> predictions);

/// A column of attributions for each input column of the model, over the table's rows; over an even sample of a few
/// hundred where explaining a row is slow, as it is for a model without a view. Attributions are rounded to single
/// precision. Deterministic. Throws kUnsupported where no installed explainer can read the model.
Profile profile_of_attributions(const Bundle& bundle, const Table& rows);

/// What detectors of rows, predictions and attributions hold later windows against: rows that the model was not trained
/// on, as it saw them when it was registered.
struct ReferenceRows {
  ScoredRows scored;
  Profile attributions;  ///< without columns where nothing can explain the model
};

/// Throws as score_rows does.
ReferenceRows reference_rows(const Bundle& bundle, const Table& rows);

/// Up to `count` of the numbers below `rows`, evenly spread.
std::vector<size_t> spread_rows(size_t rows, size_t count);

}  // namespace veleta
