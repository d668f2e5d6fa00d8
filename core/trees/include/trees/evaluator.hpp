#pragma once

#include <span>

#include "veleta/training.hpp"

namespace veleta {

/// Margins of rows by a tree view, exactly as veleta_trees defines them: bit for bit XGBoost's own where the view is in
/// single precision. The view must have passed ModelHandle::trees. Thread-safe.
void evaluate_trees(const veleta_trees& trees, const MatrixView& rows, std::span<double> margins);

/// Margins of rows by a linear view; a missing value counts as the feature's mean. Thread-safe.
void evaluate_linear(const veleta_linear& linear, const MatrixView& rows, std::span<double> margins);

/// A margin's prediction: itself, or its logistic (VELETA_LOGISTIC).
double apply_link(int32_t link, double margin);

}  // namespace veleta
