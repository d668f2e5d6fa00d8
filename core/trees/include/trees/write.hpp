#pragma once

#include <string>

#include "trees/read.hpp"

namespace veleta {

/// A model as XGBoost's JSON (of 1.7), which XGBoost from 1.6 on loads and predicts the same from: bit for bit where
/// the model's own sum is in single precision, else within the rounding of 32-bit floats. The objective is the plainest
/// of the model's link (reg:squarederror, binary:logistic, count:poisson, multi:softprob, binary:hinge). Base margins
/// that no base_score has exactly become trees of one leaf, which stand before the others. Throws kUnsupported for what
/// XGBoost has no way to tell: a value that stands for missing and goes another way than its number would, or an
/// unknown category that goes right.
std::string write_xgboost_json(const TreeModel& model);

}  // namespace veleta
