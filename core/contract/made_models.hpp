#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "veleta/abi.h"
#include "veleta/training.hpp"

namespace veleta::contract {

/// Rows with a known rule behind their target: 3 x0 - 2 x1 + x2 x3, or for two classes whether that is above 0.
/// Features are uniform in -1..1; the last one is whole numbers, so that rows lie exactly on thresholds.
class MadeRows {
 public:
  static constexpr size_t kColumns = 5;

  MadeRows(Task task, size_t row_count, double missing_share, uint64_t seed);
  MatrixView view() const;
  /// One row alone.
  MatrixView row(size_t index) const;
  size_t count() const { return target.size(); }

  std::vector<float> values;
  std::vector<double> target;
};

/// All that a learner gets.
Training training_of(Task task, const MadeRows& train, const MadeRows& validation, unsigned threads = 1);

/// A model that an explainer is shown. The last column is not used by any.
class MadeModel {
 public:
  virtual ~MadeModel() = default;
  virtual std::string name() const = 0;
  virtual const veleta_trees* trees() const { return nullptr; }
  virtual const veleta_linear* linear() const { return nullptr; }
  virtual bool takes_missing() const { return true; }
  virtual size_t outputs() const { return 1; }
  virtual Link link() const { return Link::kIdentity; }
  /// A row's margin, and a model of several outputs' first.
  virtual double margin(const float* row) const = 0;
  /// Fill a number an output.
  virtual void margins(const float* row, std::span<double> out) const { out[0] = margin(row); }
  virtual void predictions(const float* row, std::span<double> out) const { margins(row, out); }
};

/// Trees with a shared feature on one path, missing values to either side and a base margin; trees of two outputs; a
/// linear model; and a model of which nothing but its margins is known, also of three outputs that a softmax turns into
/// probabilities.
std::vector<std::unique_ptr<MadeModel>> made_models();

}  // namespace veleta::contract
