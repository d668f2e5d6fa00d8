#pragma once

#include <string>

#include "base/json.hpp"
#include "registry/record_json.hpp"
#include "store/store.hpp"

/// The store's records as an archive has them: every field under its own name. The readers throw kBadData, naming
/// `what`.
namespace veleta {

json::object to_json(const RunRecord& run);
json::object to_json(const StepRecord& step);
json::object to_json(const DecisionRecord& decision);
json::object to_json(const BatchRecord& batch);
json::object to_json(const InferenceRecord& inference);
json::object to_json(const KeptLabel& label);

RunRecord run_from_json(const json::value& value, const std::string& what);
StepRecord step_from_json(const json::value& value, const std::string& what);
DecisionRecord decision_from_json(const json::value& value, const std::string& what);
BatchRecord batch_from_json(const json::value& value, const std::string& what);
InferenceRecord inference_from_json(const json::value& value, const std::string& what);
KeptLabel label_from_json(const json::value& value, const std::string& what);

}  // namespace veleta
