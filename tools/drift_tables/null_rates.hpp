#pragma once

#include "plugins/plugin_host.hpp"

namespace veleta::drift_tables {

/// Prints, as Markdown, how often each detector's p-value is at most 0.05 where nothing moved: a table for numbers,
/// one for categories, one for rows, one for their number, and how often any of 100 columns has such a p-value, with
/// and without the host's correction. Each rate is of 2,000 pairs of windows drawn from one distribution, of rows and
/// families of 400.
void print_null_rates(PluginHost& plugins);

}  // namespace veleta::drift_tables
