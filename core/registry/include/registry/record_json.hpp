#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "registry/registry.hpp"

/// A registry's records as JSON, every field under its own name. The readers throw kBadData, naming `what`.
namespace veleta {

json::object to_json(const TrackedRun& run);
json::object to_json(const MetricPoint& point);
json::object to_json(const ModelVersion& version);

TrackedRun tracked_run_from_json(const json::value& value, const std::string& what);
MetricPoint metric_point_from_json(const json::value& value, const std::string& what);
ModelVersion version_from_json(const json::value& value, const std::string& what);

}  // namespace veleta
