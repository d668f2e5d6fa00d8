#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "model/bundle.hpp"
#include "row_blocks.hpp"

namespace veleta {

namespace {

/// What a block of rows' interactions may take.
constexpr size_t kBlockNumbers = size_t{1} << 22;
/// More columns have too many pairs to keep the mean of each, or to compute them for every background row.
constexpr size_t kMaxBackgroundColumns = 300;

size_t block_rows(size_t columns) {
  return std::clamp<size_t>(kBlockNumbers / std::max<size_t>(columns * columns, 1), 1, 256);
}

}  // namespace

InteractionSet Bundle::interactions(const ExplanationSet& explained, const ExplainOptions& options) const {
  if (!prepared_) empty_set();  // throws
  InteractionSet result;
  result.rows.resize(explained.encoded.rows);
  const Matrix& encoded = explained.encoded;
  std::vector<const char*> names;
  for (const std::string& name : encoded.names) names.push_back(name.c_str());
  const MatrixView all{encoded.values.data(), encoded.rows, encoded.columns, names};
  for_each_block(all, block_rows(encoded.columns), options, [&](const MatrixView& block, size_t first) {
    interact_block(block, std::span(result.rows).subspan(first, block.rows));
  });
  return result;
}

void Bundle::interact_block(const MatrixView& rows, std::span<std::vector<double>> out) const {
  const auto& source = parts_.features.source_of_feature();
  const size_t features = rows.columns, columns = input_columns().size();
  std::vector<double> values(rows.rows * features * features), row_margins(rows.rows);
  double base = 0;
  prepared_->interact(rows, values, {&base, 1});
  margins(rows, row_margins);
  for (size_t row = 0; row < rows.rows; ++row) {
    const std::span<const double> matrix(values.data() + row * features * features, features * features);
    double sum = 0;
    for (const double value : matrix) sum += value;
    const double whole = this->explained(row_margins[row]);
    check_sum(base, whole - base - sum, whole);
    const double factor = is_rescaled() ? factor_between(base, whole) : 1;
    out[row].assign(columns * columns, 0);
    for (size_t a = 0; a < features; ++a)
      for (size_t b = 0; b < features; ++b)
        out[row][source[a] * columns + source[b]] += factor * matrix[a * features + b];
  }
}

std::vector<double> Bundle::mean_interactions() const {
  const size_t columns = input_columns().size();
  if (std::max(columns, parts_.features.feature_names().size()) > kMaxBackgroundColumns) return {};
  std::vector<double> means(columns * columns);
  try {
    for (const auto& row : interactions(explained_background()).rows)
      for (size_t pair = 0; pair < means.size(); ++pair)
        means[pair] += std::abs(row[pair]) / static_cast<double>(background_.rows);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return {};
  }
  return means;
}

const std::vector<double>& Bundle::background_interactions() const {
  explained_background();
  const std::lock_guard lock(interactions_mutex_);
  if (!background_interactions_) background_interactions_ = mean_interactions();
  return *background_interactions_;
}

}  // namespace veleta
