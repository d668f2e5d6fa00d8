#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "run_context.hpp"

namespace veleta {

/// The values at `rows`, in that order.
std::vector<double> pick(const std::vector<double>& values, const std::vector<size_t>& rows);

/// Up to `count` of the rows, evenly spread.
std::vector<size_t> spread(const std::vector<size_t>& rows, size_t count);

/// Drops the columns of these names.
void drop_columns(Table& table, const std::vector<std::string>& names);

/// The rows that neither the challengers nor the champion trained on, also where train.holdout_share grew meanwhile.
std::vector<size_t> unseen_rows(const TrainingWindow& window, const Champion* champion);

}  // namespace veleta
