#pragma once

#include <functional>
#include <vector>

#include "drift/drift.hpp"

namespace veleta {

/// The detectors whose columns are of `subject`.
std::vector<DetectorUse> of_subject(const std::vector<DetectorUse>& detectors, int32_t subject);

/// Runs detectors over the columns of two profiles.
using CompareColumns =
    std::function<std::vector<ColumnDrift>(const Profile&, const Profile&, const std::vector<DetectorUse>&)>;

/// What the detectors of predictions, attributions and rows say; without a model, those that count rows alone. Nothing
/// is corrected or judged yet, apart from what could not be judged. Throws as detect_drift does.
std::vector<ColumnDrift> run_model_detectors(const Profile& reference, const Profile& current,
                                             const std::vector<DetectorUse>& detectors, ModelWindows* model,
                                             const CompareColumns& compare_columns);

}  // namespace veleta
