#pragma once

#include <string>

#include "base/json.hpp"
#include "data/reader.hpp"

namespace veleta {

/// What a model takes in, and how much of it one request may bring.
struct InputContract {
  const Schema& schema;
  const ColumnRules& rules;
  const std::string& target_column;  ///< no input; named in the error, for it is what people send by mistake
  size_t max_rows = 0;
};

/// The rows of a request.
struct PredictionInput {
  bool single = false;  ///< the body was one row, not a list
  json::array rows;     ///< objects, one a row, as they came
  Table table;          ///< the same rows, typed
};

/// Reads a body of one of three forms:
///
///     {"bed": 3, "city": "Adjuntas"}
///     {"rows": [{"bed": 3, "city": "Adjuntas"}, …]}
///     {"columns": ["bed", "city"], "data": [[3, "Adjuntas"], …]}
///
/// Columns that are absent or null are missing. Throws HttpProblem: 400 where the body is no JSON, 413 for too many
/// rows, 422 with the pointers of what does not fit the schema.
PredictionInput read_prediction_input(const std::string& body, const InputContract& contract);

}  // namespace veleta
