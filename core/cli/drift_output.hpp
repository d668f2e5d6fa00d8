#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "drift/drift.hpp"
#include "drift_windows.hpp"

namespace veleta {

/// A comparison of two files, as its readers get it.
struct ToldDrift {
  const DriftWindow& reference;
  const DriftWindow& current;
  const DriftReport& report;
  std::vector<std::string> remarks;
};

/// The sentence, then a line a column, the worst first.
void print_drift(const ToldDrift& drift);
json::object json_of(const ToldDrift& drift);

// What table and page both show. A dash, or nothing, where it is not known.
std::string name_text(const ColumnVerdict& column);                                ///< "price where state is Utah"
const ColumnDrift* worst(const ColumnVerdict& column, const DriftReport& report);  ///< null: no detector looked at it
std::string effect_text(const ColumnDrift& drift);                                 ///< "0.83"
std::string interval_text(const ColumnDrift& drift);                               ///< "0.81 to 0.84"
std::string direction_text(const ColumnDrift& drift);                              ///< "up"
std::string adjusted_p_text(const ColumnDrift& drift);
/// Where it moved, or why nothing can be said; missing values where their share changed.
std::string where_text(const ColumnVerdict& column, const DriftReport& report);
std::string missing_text(const ColumnVerdict& column);  ///< "2.0 % to 33 % missing"
bool has_impact(const DriftReport& report);

}  // namespace veleta
