#pragma once

#include <optional>
#include <span>
#include <vector>

namespace veleta {

/// Of `columns`, values of the same rows as `attributions`, the one that goes along most with what the column's own
/// value `x` leaves of its attributions: rows are ordered by x and cut into windows of like x; in each the correlation
/// of the attribution with a column's value is taken, and its size summed over the windows. Missing is NaN; a column
/// that is empty takes no part. Nothing where none goes along. After shap's approximate_interactions.
std::optional<size_t> partner_by_residuals(std::span<const double> attributions, std::span<const double> x,
                                           const std::vector<std::vector<double>>& columns);

}  // namespace veleta
