#pragma once

#include <string>

#include "veleta/training.hpp"

// What XGBoost's objectives make of margins, by their names in model files (src/objective of XGBoost).

namespace veleta {

/// What the objective makes a margin a prediction by (PredTransform). Throws kUnsupported for one that is not known.
Link xgboost_link(const std::string& objective);

/// The margin that XGBoost starts its sums from, of a base_score, in its own float arithmetic (ProbToMargin).
float xgboost_margin(const std::string& objective, float base_score);

}  // namespace veleta
