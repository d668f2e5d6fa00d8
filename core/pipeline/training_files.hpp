#pragma once

#include <filesystem>
#include <string>

#include "run_context.hpp"

namespace veleta {

/// Where the host and its workers leave things for each other, below the run's folder.
struct TrainingFiles {
  std::filesystem::path run_folder;

  /// The learners' input, which comes in two kinds: with missing values, and complete.
  std::filesystem::path input(bool complete) const { return run_folder / (complete ? "input-complete" : "input"); }
  /// A learner's job and what came of it.
  std::filesystem::path learner(const std::string& name) const { return run_folder / ("learner-" + name); }

  // In an input folder.
  static constexpr const char* kTrain = "train.bin";
  static constexpr const char* kTrainTarget = "train_target.bin";
  static constexpr const char* kValidation = "validation.bin";
  static constexpr const char* kValidationTarget = "validation_target.bin";
  static constexpr const char* kGolden = "golden.bin";
  static constexpr const char* kBackground = "background.bin";
  static constexpr const char* kFeatures = "features.json";

  // In a learner's folder.
  static constexpr const char* kJob = "job.json";
  static constexpr const char* kModel = "model.bin";
  static constexpr const char* kGoldenPredictions = "golden_predictions.bin";
  static constexpr const char* kResult = "result.json";  ///< written last: the learner is done
};

/// Whether what `prepare` and, if it is done, `train` left in the run's folder is still there.
bool training_files_are_there(RunContext& context);

/// Whether a learner must get complete rows.
bool needs_complete(PluginHost& plugins, const std::string& learner);

/// Doubles as a file's bytes, of this machine's byte order: host and worker are on one.
std::string to_bytes(const std::vector<double>& numbers);
std::vector<double> numbers_from_bytes(const std::string& bytes);

}  // namespace veleta
