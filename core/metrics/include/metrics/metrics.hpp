#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "veleta/training.hpp"

namespace veleta {

/// How good predictions are, by name. Regression: mae, rmse, median_ae, median_ape (median of |error| / |value|, value
/// not 0), r2. Binary: log_loss, brier, auc (ties count half), accuracy (at 0.5). Units are the target's. Rows with a
/// NaN target do not count. "rows" is how many did; a metric that these rows cannot tell (an auc of one class) is NaN.
using Metrics = std::map<std::string, double>;

/// Throws kInvalidArgument where the lengths differ.
Metrics compute_metrics(Task task, std::span<const double> actual, std::span<const double> predicted);

/// The metrics of a task.
std::vector<std::string> metric_names(Task task);
/// Which way is better. Throws kNotFound for an unknown name, with the nearest.
bool lower_is_better(const std::string& metric);

}  // namespace veleta
