#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "config/pipeline_config.hpp"
#include "drift/drift.hpp"

namespace veleta {

/// The detector whose findings are a ground of their own, and that ground's name.
inline constexpr const char* kNewCategories = "new_categories";

/// The reason that tells of a detector that broke. It stands beside others, for training as for skipping.
inline constexpr const char* kDetectorFailed = "detector_failed";

/// Whether `retrain.when` lists a ground.
bool is_ground(const PipelineConfig::Retrain& rules, const std::string& ground);

/// One reason of a decision: a word for programs and a sentence for people.
struct Reason {
  std::string code;
  std::string sentence;
};

json::value to_json(const std::vector<Reason>& reasons);
std::vector<Reason> reasons_from_json(const json::value& value);

/// How the production model does on the new labelled batch, against what it did on the holdout when it was promoted.
struct Performance {
  std::string metric;
  double at_promotion = 0;
  double on_batch = 0;
};

json::value to_json(const Performance& performance);

/// All that bears on whether to train.
struct Evidence {
  std::vector<Reason> problems;  ///< what validation holds against the batch
  bool has_champion = false;
  DriftReport drift;
  std::optional<Performance> performance;
  double rows_trained = 0;  ///< that the last training's window had, whether it won or lost; 0: there was none
  double rows_since = 0;    ///< clean rows of batches taken after that window
  std::vector<std::string> new_columns;
};

struct TrainingDecision {
  bool train = false;
  std::vector<Reason> reasons;  ///< for training, or for skipping; never empty

  /// "Training: status has new categories (…); price drifted up (…)."
  std::string sentence() const;
};

/// Decides whether a batch leads to training. A batch with problems never does; without a production model a sound one
/// always does; else it takes one of the grounds that `retrain.when` lists. Pure.
TrainingDecision decide_training(const Evidence& evidence, const PipelineConfig::Retrain& rules);

}  // namespace veleta
