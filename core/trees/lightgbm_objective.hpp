#pragma once

#include <string>

#include "veleta/training.hpp"

namespace veleta {

/// What a LightGBM objective, as its model files tell it ("binary sigmoid:0.7"), makes of raw scores.
struct LightgbmObjective {
  std::string name;
  Link link = Link::kIdentity;
  double scale = 1;  ///< what raw scores are multiplied by before the link: the objective's sigmoid
};

/// Throws kUnsupported for an objective that is not known, or of a link that is none of ours.
LightgbmObjective lightgbm_objective(const std::string& told);

}  // namespace veleta
