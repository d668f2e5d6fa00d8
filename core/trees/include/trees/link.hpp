#pragma once

#include <cstdint>
#include <span>

#include "veleta/training.hpp"

namespace veleta {

/// Margins of rows by a linear view; a missing value counts as the feature's mean. Thread-safe.
void evaluate_linear(const veleta_linear& linear, const MatrixView& rows, std::span<double> margins);

/// The prediction of a row's only margin, in double precision: XGBoost's own, in single precision, differs by its
/// rounding.
double apply_link(int32_t link, double margin);

/// Turns margins into predictions in place: `outputs` of each row together. VELETA_SOFTMAX shares 1 out among them.
void apply_link(int32_t link, uint32_t outputs, std::span<double> margins);

}  // namespace veleta
