#pragma once

#include <optional>
#include <string>

namespace veleta {

/// What the query of /predict or /explain asks for besides.
struct PredictionQuery {
  std::optional<size_t> columns;  ///< explain=top5: so many of the strongest attributions a row; all: kAllColumns
  std::optional<size_t> pairs;    ///< interactions=top5: the same of pairs of columns
};

/// Throws HttpProblem 422 for another parameter, and for a value that is neither "all" nor "top1" to "top1000".
PredictionQuery parse_prediction_query(const std::string& query);

/// The value of a parameter that is a whole number from 1 to 1000; nothing where it is absent. Throws HttpProblem 422.
std::optional<size_t> parse_count(const std::string& query, const std::string& name);

}  // namespace veleta
