#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "model/bundle.hpp"
#include "veleta/series.hpp"

namespace veleta {

/// A label as the store keeps it, JSON, as the target's column has it: a number in its shortest form, a text as it is.
std::string label_text(const json::value& label);

/// How far off a prediction was: |label - prediction| of a regression; of a classification 0 where the likelier class
/// is the label, else 1. Nothing where the label is no number though the target is one.
std::optional<double> error_of(const TargetSpec& target, const std::string& label, double prediction);

/// What is known of a model's errors: how they were on its holdout.
Series error_series(const BundleParts& parts);

}  // namespace veleta
