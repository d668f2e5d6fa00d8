#pragma once

#include <string>
#include <vector>

#include "model/explanation_rows.hpp"

// Explanations as JSON that a page can draw. All functions are thread-safe; the same rows give the same view.
//
// Every view has "view" (its name), "space", "unit" (for people), "method", "explainer" and, where the explainer says
// one, "kernel". Numbers that are no number are null.

namespace veleta {

/// What views of many rows are made from; all of it outlives the call.
struct ExplainedRows {
  const Bundle& bundle;
  const ExplanationSet& set;
  const Table* table = nullptr;  ///< the rows as they were given; null: values are what the encoded rows tell
  /// Mean |interaction| of each pair, columns * columns; null or empty: unknown.
  const std::vector<double>* interactions = nullptr;
};

inline constexpr size_t kDefaultViewColumns = 20;
inline constexpr size_t kDefaultViewRows = 500;

/// One row, from the base value to the prediction: "base_value", "prediction", "probability" of a classification, and
/// "bars", the strongest column first, each as write_attributions tells it, with "from" and "to" besides. The bars
/// follow one another from the base value, the weakest first: "rest" ("columns", "attribution", "from", "to") begins,
/// and the strongest ends at the prediction.
json::object waterfall_view(const ExplainedRows& rows, size_t row, size_t top);

/// "rows", how many; "bars", the strongest first: "column" and "mean_abs", its mean |attribution|; "rest" where columns
/// were folded: "columns" and "mean_abs", the sum of theirs.
json::object bar_view(const ExplainedRows& rows, size_t top = kDefaultViewColumns);

/// "of_rows", how many there are; "rows", the indices of those that are shown, evenly spread and `max_rows` at most;
/// "columns", the strongest first: "column", "mean_abs" (over all rows), "attributions", one a shown row, and
/// "scaled", their cells on a scale from 0, the 5th percentile and below, to 1, the 95th and above, for the color (a
/// category by its place among the levels, or its level's mean); null where missing. "rest" as in bar_view.
json::object beeswarm_view(const ExplainedRows& rows, size_t top = kDefaultViewColumns,
                           size_t max_rows = kDefaultViewRows);

/// "column"; "of_rows" and "rows" as in beeswarm_view; for each shown row "values" (numbers, or labels), and
/// "attributions"; "color": null, or of the column that most changes what this one does, "column", "values", "scaled"
/// as above, and "by": "interactions" (the greatest mean |interaction|), or, of an explainer without these,
/// "residuals" (correlated most with the attribution among rows of like value).
/// Throws kNotFound, naming the nearest, where the model has no such input column.
json::object dependence_view(const ExplainedRows& rows, const std::string& column, size_t max_rows = kDefaultViewRows);

}  // namespace veleta
