#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/table.hpp"
#include "veleta/training.hpp"

namespace veleta {

enum class TargetTransform {
  kNone,
  kLog,  ///< the learner sees log(1 + y); needs y >= 0
};

/// How the target column becomes what a learner learns, and back.
struct TargetSpec {
  std::string column;
  Task task = Task::kRegression;
  TargetTransform transform = TargetTransform::kNone;
  std::string positive;  ///< binary: the label (or number, as text) that is class 1
  std::string negative;  ///< binary: the label that is class 0; empty: every other

  /// The target as people know it: the number, or 0 and 1. NaN where it is missing (or a third label).
  /// Throws kNotFound where the table lacks the column, kBadData where a regression's column holds no numbers.
  std::vector<double> values(const Table& table) const;
  /// As the learner sees it; NaN stays NaN. Throws kBadData for a value that the transform cannot take.
  std::vector<double> to_learner(const std::vector<double>& values) const;
  /// A learner's prediction as people know it: money of log money, a probability as it is. Always finite for a finite
  /// prediction.
  double from_learner(double prediction) const;
};

json::value to_json(const TargetSpec& spec);
/// Throws kBadData.
TargetSpec target_from_json(const json::value& value);

}  // namespace veleta
