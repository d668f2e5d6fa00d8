#include "same_target.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace veleta {

namespace {

/// What the file asks for, the labels being those that the champion knows.
TargetSpec target_of_file(const PipelineConfig::Pipeline& file, const TargetSpec& champion) {
  TargetSpec spec;
  spec.column = file.target;
  if (file.task == "regression") return spec;
  spec.task = Task::kBinary;
  spec.positive = file.positive;
  if (file.positive.empty() && champion.column == file.target)
    spec.positive = std::max(champion.positive, champion.negative);
  return spec;
}

std::string describe(const TargetSpec& spec) {
  if (spec.task == Task::kRegression) return fmt::format("'{}' (regression)", spec.column);
  if (spec.positive.empty()) return fmt::format("'{}' (classification)", spec.column);
  return fmt::format("'{}' (classification; positive: '{}')", spec.column, spec.positive);
}

}  // namespace

void require_same_target(const TargetSpec& champion, const ModelVersion& version, const PipelineConfig& config) {
  const std::string before = describe(champion), now = describe(target_of_file(config.pipeline, champion));
  if (before != now)
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: the production model of pipeline '{}' (version {}) predicts {}, and this file says {}; "
                    "models of two targets cannot be compared: give the pipeline another name (pipeline.name)",
                    config.file.string(), config.pipeline.name, version.version, before, now));
}

}  // namespace veleta
