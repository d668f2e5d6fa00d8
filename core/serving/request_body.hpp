#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "http_message.hpp"
#include "store/run_queue.hpp"

namespace veleta {

/// The body of a start as a request that can be submitted; without pipeline and id. Throws HttpProblem 422 that names
/// what is wrong: an empty body always, a key that is not known with the nearest, a parameter or a ground that the
/// pipeline does not have.
NewRequest read_run_body(const std::string& body, const PipelineCard& card);

/// The bodies of POST …/drift, …/promote and …/rollback; `id` as the body gives it, empty where it gives none. Throw
/// HttpProblem 422.
NewRequest read_drift_body(const std::string& body);
NewRequest read_promote_body(const std::string& body);
NewRequest read_rollback_body(const std::string& body);

/// The body's JSON object. Throws HttpProblem 422, saying what schedulers send instead.
json::object read_body_object(const std::string& body);

/// Throws HttpProblem 422 unless it is 1 to 250 of [A-Za-z0-9_.~:+-].
void require_run_id(std::string_view id);
bool is_run_id(std::string_view id);

/// JSON that is equal for equal values: keys sorted, numbers in their shortest form.
std::string canonical_text(const json::value& value);

}  // namespace veleta
