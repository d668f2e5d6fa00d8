#pragma once

#include <span>
#include <string>
#include <vector>

#include "veleta/error.hpp"
#include "veleta/training.hpp"

namespace tree_shap {

/// Exact SHAP values of the trees of one model by one method: base margins apart, and with no eye on what is missing
/// but NaN. All const functions are called concurrently. How many rows come at once, in which order, and on how many
/// threads changes no bit of a row's values.
class Kernel {
 public:
  virtual ~Kernel() = default;

  /// Adds rows * outputs * columns attributions to `values`. A missing value in `rows` is NaN, whatever the model's
  /// sentinel (Forest::normalise).
  virtual void explain(const veleta::MatrixView& rows, std::span<double> values) const = 0;

  /// Adds rows * outputs * columns * columns interactions: symmetric, each row sums to the feature's attribution.
  virtual void interact(const veleta::MatrixView& /*rows*/, std::span<double> /*interactions*/) const {
    throw veleta::Error(veleta::ErrorCode::kUnsupported, name() + " have no interaction values");
  }

  /// What the trees of each output add up to if nothing of a row is known.
  virtual std::vector<double> expected() const = 0;

  virtual size_t bytes() const = 0;      ///< of memory that it reads to explain a row
  virtual std::string name() const = 0;  ///< in a few words for people: "pattern tables"
};

}  // namespace tree_shap
