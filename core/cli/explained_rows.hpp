#pragma once

#include <memory>
#include <optional>
#include <string>

#include "commands.hpp"
#include "model/bundle.hpp"
#include "registry/registry.hpp"

namespace veleta {

/// A pipeline's production model, opened.
struct Production {
  ModelVersion version;
  std::shared_ptr<const Bundle> bundle;
};

/// `explainer`, if it is not empty, explains the model in place of the one that training chose, with the parameters
/// that the pipeline's file gives it. Throws kNotFound where nothing is in production or no such explainer is
/// installed, kUnsupported where it cannot read the model.
Production open_production(const PipelineConfig& config, const std::string& explainer, Invocation& invocation);

/// A JSON object, or an array of them, typed as the model's columns are. Throws kInvalidArgument for what does not fit.
Table rows_of_json(const std::string& text, const BundleParts& parts);
/// A CSV file's rows. The target's column and those that the pipeline ignores are passed over. Throws kBadData, with
/// file, line and column, for what does not fit.
Table rows_of_csv(const std::string& path, const BundleParts& parts);

/// The rows explained on all cores, with a bar on standard error if that is a terminal and it takes long. Throws
/// kCancelled where the user interrupts.
ExplanationSet explain_rows(const Bundle& bundle, const Table& rows);

}  // namespace veleta
