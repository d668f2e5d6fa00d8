#pragma once

#include <vector>

#include "veleta/drift.hpp"

namespace veleta {

/// The values that two windows of a numeric column share, with the rows that each has there: one merge for all
/// detectors.
class SharedValues {
 public:
  /// Distinct ascending values of a window and the rows at each.
  struct Counted {
    std::span<const double> values, rows;
  };
  SharedValues(Counted reference, Counted current);
  /// Of samples that have `sorted` alone: each of them stands for as many rows.
  static SharedValues of_sorted(const NumericSample& reference, const NumericSample& current);

  /// Fill values, rows, minimum and maximum with views into this, which must outlive the samples.
  void show_reference(NumericSample& reference) const { show(reference_rows_, reference); }
  void show_current(NumericSample& current) const { show(current_rows_, current); }

 private:
  SharedValues() = default;
  void show(const std::vector<double>& rows, NumericSample& sample) const;

  std::vector<double> values_, reference_rows_, current_rows_;
};

}  // namespace veleta
