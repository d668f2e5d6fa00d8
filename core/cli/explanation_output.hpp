#pragma once

#include <string>

#include "explained_rows.hpp"
#include "model/explanation_views.hpp"

namespace veleta {

/// What `veleta explain` tells of explained rows.
struct ToldRows {
  const Production& production;
  const Table& table;
  const ExplanationSet& set;
  const InteractionSet* interactions = nullptr;  ///< null: not asked for
  size_t top = kAllColumns;                      ///< columns, or pairs, a row
};

/// A waterfall's lines a row: the columns by weight, each with its value, its part and a bar.
void print_tables(const ToldRows& rows);
/// One JSON object, in lines: version, explainer, space, and of each row what /explain of the server tells.
std::string json_of(const ToldRows& rows);
/// The first row as a picture that stands alone.
std::string svg_of(const ToldRows& rows);

}  // namespace veleta
