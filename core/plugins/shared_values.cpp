#include "plugins/shared_values.hpp"

#include <algorithm>
#include <cmath>

namespace veleta {

namespace {

struct OwnedCounts {
  std::vector<double> values, rows;

  explicit OwnedCounts(const NumericSample& sample) {
    const double each = sample.sorted.empty() ? 0 : sample.row_count / static_cast<double>(sample.sorted.size());
    for (const double value : sample.sorted) {
      if (values.empty() || values.back() != value) {
        values.push_back(value);
        rows.push_back(0);
      }
      rows.back() += each;
    }
  }
  SharedValues::Counted view() const { return {values, rows}; }
};

}  // namespace

SharedValues::SharedValues(Counted reference, Counted current) {
  const size_t most = reference.values.size() + current.values.size();
  values_.reserve(most);
  reference_rows_.reserve(most);
  current_rows_.reserve(most);
  size_t i = 0, j = 0;
  while (i < reference.values.size() || j < current.values.size()) {
    const bool from_reference =
        j == current.values.size() || (i < reference.values.size() && reference.values[i] <= current.values[j]);
    const double value = from_reference ? reference.values[i] : current.values[j];
    const bool from_current = j < current.values.size() && current.values[j] == value;
    values_.push_back(value);
    reference_rows_.push_back(from_reference ? reference.rows[i++] : 0);
    current_rows_.push_back(from_current ? current.rows[j++] : 0);
  }
}

SharedValues SharedValues::of_sorted(const NumericSample& reference, const NumericSample& current) {
  const OwnedCounts reference_counts(reference), current_counts(current);
  return {reference_counts.view(), current_counts.view()};
}

void SharedValues::show(const std::vector<double>& rows, NumericSample& sample) const {
  sample.values = values_;
  sample.rows = rows;
  const auto has_rows = [](double count) { return count > 0; };
  const auto first = std::ranges::find_if(rows, has_rows);
  if (first == rows.end()) return;
  const auto last = std::find_if(rows.rbegin(), rows.rend(), has_rows);
  if (std::isnan(sample.minimum)) sample.minimum = values_[static_cast<size_t>(first - rows.begin())];
  if (std::isnan(sample.maximum)) sample.maximum = values_[static_cast<size_t>(rows.rend() - last - 1)];
}

}  // namespace veleta
