#include "prepared_column.hpp"

#include <fmt/format.h>

#include "data/table.hpp"

namespace veleta {

PreparedColumn::PreparedColumn(const ColumnProfile& reference, const ColumnProfile& current)
    : reference_(reference), current_(current), is_category_(reference.type == ColumnType::kCategory) {
  if (reference.type != current.type)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("column '{}' is a {} in the reference and a {} in the current window", reference.name,
                            to_string(reference.type), to_string(current.type)));
  if (is_category_)
    unite_labels();
  else
    unite_numbers();
}

void PreparedColumn::unite_numbers() {
  NumberCells reference = reference_.cells, current = current_.cells;
  unite(reference, current);
  shared_values_.emplace(SharedValues::Counted{reference.least, reference.rows},
                         SharedValues::Counted{current.least, current.rows});
  reference_quantiles_ = reference_.cells.even_quantiles();
  current_quantiles_ = current_.cells.even_quantiles();
}

NumericSample PreparedColumn::numeric_reference() const {
  NumericSample sample = numeric_sample(reference_, reference_quantiles_);
  shared_values_->show_reference(sample);
  return sample;
}

NumericSample PreparedColumn::numeric_current() const {
  NumericSample sample = numeric_sample(current_, current_quantiles_);
  shared_values_->show_current(sample);
  return sample;
}

void PreparedColumn::unite_labels() {
  Dictionary known;  // a label's code is its place: a profile has each label once
  labels_.reserve(reference_.labels.size() + current_.labels.size());
  for (const auto& label : reference_.labels) {
    known.code_of(label);
    labels_.push_back(label.c_str());
  }
  reference_counts_ = reference_.counts;
  current_counts_.assign(labels_.size(), 0.0);
  for (size_t i = 0; i < current_.labels.size(); ++i) {
    if (const int32_t code = known.find(current_.labels[i]); code >= 0) {
      current_counts_[static_cast<size_t>(code)] = current_.counts[i];
    } else {
      labels_.push_back(current_.labels[i].c_str());
      current_counts_.push_back(current_.counts[i]);
    }
  }
  reference_counts_.resize(labels_.size(), 0.0);
}

NumericSample PreparedColumn::numeric_sample(const ColumnProfile& column, const std::vector<double>& quantiles) {
  NumericSample sample{quantiles, column.row_count, column.missing_count, column.mean, column.standard_deviation};
  sample.minimum = column.minimum;
  sample.maximum = column.maximum;
  sample.wrong_type_count = column.wrong_type_count;
  return sample;
}

CategoricalSample PreparedColumn::categorical_sample(const ColumnProfile& column,
                                                     const std::vector<double>& counts) const {
  return {labels_, counts, column.row_count, column.missing_count, column.wrong_type_count};
}

}  // namespace veleta
