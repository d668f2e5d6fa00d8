#pragma once

#include <memory>
#include <string>

#include "model/bundle.hpp"

namespace veleta::testing {

struct TrainingChoice {
  std::string learner;
  TargetSpec target;
};

/// A learner's model of the table's rows, made as the pipeline makes it, with the plugins of this program. Some rows of
/// the table are its golden rows.
std::shared_ptr<const Bundle> train_model(const TrainingChoice& choice, const Table& table, const ColumnRules& rules);

/// The model of a learner that shows it neither as trees nor as a linear model.
std::shared_ptr<const Bundle> opaque_model();

/// The model that the files are of, with the plugins of this program.
std::shared_ptr<const Bundle> open_model(const BundleFiles& files);

}  // namespace veleta::testing
