#pragma once

#include <cmath>
#include <string>

#include "veleta/learner.hpp"

// What every learner of this folder refuses before it hands the rows to its library.

namespace veleta {

/// The column's name, or its number where the rows come without names.
inline std::string column_name(const MatrixView& rows, size_t column) {
  return column < rows.names.size() ? rows.names[column] : "number " + std::to_string(column);
}

/// Throws kInvalidArgument unless every target is a finite number; for two classes, unless each is 0 or 1.
inline void check_targets(Task task, std::span<const double> targets, const std::string& window) {
  for (size_t row = 0; row < targets.size(); ++row) {
    const bool usable = task == Task::kBinary ? targets[row] == 0 || targets[row] == 1 : std::isfinite(targets[row]);
    if (!usable)
      throw Error(ErrorCode::kInvalidArgument,
                  "the target of " + window + " row " + std::to_string(row) + " is " + std::to_string(targets[row]) +
                      (task == Task::kBinary ? "; two classes are told as 0 and 1" : "; it must be a finite number"));
  }
}

/// Throws kInvalidArgument where there is nothing to learn: no rows, no columns, one class alone, targets that are not
/// numbers, validation rows of another width.
inline void check_training(const Training& training) {
  if (training.train.rows == 0) throw Error(ErrorCode::kInvalidArgument, "there are no rows to train on");
  if (training.train.columns == 0) throw Error(ErrorCode::kInvalidArgument, "there are no feature columns to train on");
  if (training.validation.rows > 0 && training.validation.columns != training.train.columns)
    throw Error(ErrorCode::kInvalidArgument, "the validation rows have " + std::to_string(training.validation.columns) +
                                                 " columns, the training rows " +
                                                 std::to_string(training.train.columns));
  check_targets(training.task, training.train_target, "training");
  check_targets(training.task, training.validation_target, "validation");
  if (training.task == Task::kBinary) {
    const double first = training.train_target[0];
    bool both = false;
    for (double target : training.train_target) both = both || target != first;
    if (!both)
      throw Error(ErrorCode::kInvalidArgument, "all " + std::to_string(training.train.rows) +
                                                   " training rows are of class " + (first == 1 ? "1" : "0") +
                                                   "; a classifier needs rows of both");
  }
}

/// Throws kInvalidArgument, naming row and column, where a feature is missing or infinite.
inline void check_complete(const MatrixView& rows) {
  for (size_t row = 0; row < rows.rows; ++row)
    for (size_t column = 0; column < rows.columns; ++column)
      if (!std::isfinite(rows.at(row, column)))
        throw Error(ErrorCode::kInvalidArgument, "feature '" + column_name(rows, column) +
                                                     "' is missing or infinite in training row " + std::to_string(row) +
                                                     "; this learner needs complete rows");
}

/// Throws kInvalidArgument unless rows to predict are as wide as the model.
inline void check_width(const MatrixView& rows, size_t model_columns) {
  if (rows.columns != model_columns)
    throw Error(ErrorCode::kInvalidArgument, "the model was trained on " + std::to_string(model_columns) +
                                                 " features, the rows have " + std::to_string(rows.columns));
}

}  // namespace veleta
