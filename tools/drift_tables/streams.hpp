#pragma once

#include <string>
#include <vector>

#include "plugins/plugin_host.hpp"

namespace veleta::drift_tables {

/// The detectors of series: run lengths on series that do not change, stated and measured; delays and misses on such
/// that do once; and how right the alarms are where a series changes again and again. Beside an alarm at every value,
/// one every thousand, and none. Of the detectors `wanted`, or of all where there are none.
void print_streams(PluginHost& plugins, const std::vector<std::string>& wanted);

}  // namespace veleta::drift_tables
