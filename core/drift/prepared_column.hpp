#pragma once

#include <optional>
#include <vector>

#include "data/profile.hpp"
#include "plugins/shared_values.hpp"
#include "veleta/drift.hpp"

namespace veleta {

/// One column of both windows as detectors take it, made once and shared by all of them. Holds views into the profiles,
/// which must outlive it.
class PreparedColumn {
 public:
  /// Throws kBadData where the column is of another type in either window.
  PreparedColumn(const ColumnProfile& reference, const ColumnProfile& current);

  bool is_category() const { return is_category_; }
  NumericSample numeric_reference() const;
  NumericSample numeric_current() const;
  CategoricalSample categorical_reference() const { return categorical_sample(reference_, reference_counts_); }
  CategoricalSample categorical_current() const { return categorical_sample(current_, current_counts_); }

 private:
  void unite_labels();
  void unite_numbers();
  static NumericSample numeric_sample(const ColumnProfile& column, const std::vector<double>& quantiles);
  CategoricalSample categorical_sample(const ColumnProfile& column, const std::vector<double>& counts) const;

  const ColumnProfile& reference_;
  const ColumnProfile& current_;
  bool is_category_;
  std::optional<SharedValues> shared_values_;                    ///< of numbers
  std::vector<double> reference_quantiles_, current_quantiles_;  ///< of numbers, for detectors that look at `sorted`
  std::vector<const char*> labels_;  ///< the reference's in its order, then those that only current has
  std::vector<double> reference_counts_, current_counts_;
};

}  // namespace veleta
