#pragma once

#include <fmt/format.h>
#include <string>

#include "rows/welch.hpp"
#include "statistics/power.hpp"
#include "veleta/drift.hpp"
#include "veleta/error.hpp"

namespace veleta::rows {

/// What is said of a mean loss that may have grown: the effect is its growth as a share of the reference's.
inline DriftResult judge_growth(const MeanGrowth& growth, double min_effect) {
  if (!(growth.reference.mean > 0))
    throw Error(ErrorCode::kUnsupported, "the loss on the reference rows is 0: nothing can be said of its growth");
  const double half = statistics::normal_quantile(statistics::kAlpha / 2) * growth.ratio_deviation();
  DriftResult result;
  result.statistic = growth.current.mean;
  result.p_value = growth.p_value();
  result.effect = std::max(growth.ratio(), 0.0);
  result.min_effect = min_effect;
  result.effect_low = std::max(growth.ratio() - half, 0.0);
  result.effect_high = std::max(growth.ratio() + half, 0.0);
  result.detectable_effect =
      (statistics::normal_quantile(statistics::kAlpha) + statistics::normal_quantile(1 - statistics::kPower)) *
      growth.deviation() / growth.reference.mean;
  result.direction = growth.difference() > 0 ? 1 : growth.difference() < 0 ? -1 : 0;
  return result;
}

/// Of one prediction: the absolute error of a regression, the squared error of a probability (Brier 1950).
inline double loss(Task task, double prediction, double target) {
  const double error = std::abs(prediction - target);
  return task == Task::kRegression ? error : error * error;
}

inline const char* loss_name(Task task) {
  return task == Task::kRegression ? "mean absolute error" : "mean squared error of the probability";
}

}  // namespace veleta::rows
