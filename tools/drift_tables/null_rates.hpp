#pragma once

#include <string>
#include <vector>

#include "plugins/plugin_host.hpp"

namespace veleta::drift_tables {

/// Prints, as Markdown, how often each detector's p-value is at most 0.05 where nothing moved: a table for numbers,
/// one for categories, one for rows, one for their number, and how often any of 100 columns has such a p-value, with
/// and without the host's correction. Each rate is of 2,000 pairs of windows drawn from one distribution, of rows and
/// families of 400. `detectors`: names; none: all. A detector's rates are the same whichever others are measured.
/// Throws where a name is not a detector's.
void print_null_rates(PluginHost& plugins, const std::vector<std::string>& detectors);

}  // namespace veleta::drift_tables
