#pragma once

#include "plugins/plugin_host.hpp"

namespace veleta::drift_tables {

/// The detectors of series: run lengths on series that do not change, stated and measured; delays and misses on such
/// that do, beside an alarm at every value, one every thousand, and none.
void print_streams(PluginHost& plugins);

}  // namespace veleta::drift_tables
