#pragma once

#include <string>

#include "model/bundle.hpp"

namespace veleta::bench {

/// What serving needs of a regression by XGBoost, 100 trees with its defaults else, on these rows, among which is the
/// target's column. Some rows are golden and background.
BundleParts trained_bundle(const std::string& pipeline, const TargetSpec& target, Table rows, PluginHost& plugins);

/// The first rows of a table.
Table first_rows(const Table& table, size_t count);

}  // namespace veleta::bench
