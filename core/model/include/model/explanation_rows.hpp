#pragma once

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "model/bundle.hpp"

// One row's explanation as JSON: what replies, commands and views have in common.

namespace veleta {

inline constexpr size_t kAllColumns = std::numeric_limits<size_t>::max();

/// The strongest columns of a row, by the size of their attributions, and the others taken together.
struct Strongest {
  std::vector<size_t> columns;  ///< strongest first; of equal ones in their own order
  size_t folded_columns = 0;
  double rest = 0;  ///< the sum of the folded attributions
};
Strongest strongest(std::span<const double> attributions, size_t top);

/// What attributions of a space are counted in, for people: the target's name, "log odds", "probability", "margin".
std::string unit_of(const std::string& space, const TargetSpec& target);

/// A cell of a table: a number, a label, an ISO time, null where it is missing. A column that is absent is missing.
json::value cell_value(const Table& table, const std::string& column, size_t row);

/// Writes the raw value of a column, by its index among the source columns.
using WriteRaw = std::function<void(JsonWriter& json, size_t column)>;

/// Writes the members "base_value"; "attributions": of the strongest columns, "column", "value" (raw), "encoded" (what
/// the model saw of it: a number, or of several features an object of them by their names), "attribution" and, where
/// the explainer states one, "standard_error"; "rest", where columns were folded: "columns", how many, and
/// "attribution", their sum.
void write_attributions(JsonWriter& json, const ExplanationSet& set, size_t row, const FeatureEncoder& features,
                        const WriteRaw& write_raw, size_t top);

/// "pairs": of the strongest pairs of columns, "columns" (two names) and "interaction", all that the two did together
/// beyond what each did alone: both halves of the matrix; "rest" where pairs were folded: "pairs", how many, and
/// "interaction". `matrix` is one of InteractionSet::rows.
json::object interactions_json(std::span<const double> matrix, const std::vector<std::string>& columns, size_t top);

}  // namespace veleta
