#pragma once

#include <functional>
#include <vector>

#include "drift/drift.hpp"

namespace veleta {

/// The detectors whose columns are of `subject`.
std::vector<DetectorUse> of_subject(const std::vector<DetectorUse>& detectors, int32_t subject);

/// Runs detectors over the columns of two profiles; reaches no verdict. Where a column moved is told on demand.
using CompareColumns = std::function<DriftReport(const Profile& reference, const Profile& current,
                                                 const std::vector<DetectorUse>&, bool tells_movement)>;

/// Adds what the detectors of predictions, attributions and rows say of the windows; without a model, those that count
/// rows alone. What an input column's attributions say belongs to that column. Nothing is corrected or judged yet,
/// apart from what could not be judged. Throws kCancelled.
void add_model_results(DriftReport& report, const ComparedWindows& windows, const std::vector<DetectorUse>& detectors,
                       const CompareColumns& compare_columns);

}  // namespace veleta
