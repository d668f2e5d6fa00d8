#include "check.hpp"

namespace veleta::contract {

std::shared_ptr<DetectorHandle> Subject::detector() const { return host.create_detector(name, values, {}); }
std::shared_ptr<LearnerHandle> Subject::learner() const { return host.create_learner(name, values, {}); }
std::shared_ptr<ExplainerHandle> Subject::explainer() const { return host.create_explainer(name, values, {}); }

void Subject::create(const ParamValues& with) const {
  switch (kind) {
    case PluginKind::kSource: host.create_source(name, with, {}); break;
    case PluginKind::kDetector: host.create_detector(name, with, {}); break;
    case PluginKind::kLearner: host.create_learner(name, with, {}); break;
    default: host.create_explainer(name, with, {});
  }
}

bool succeeds_or_refuses(const std::function<void()>& action) {
  try {
    action();
    return true;
  } catch (const Error& error) {
    const bool is_clear = error.code() != ErrorCode::kInternal && error.code() != ErrorCode::kPlugin;
    if (!is_clear) throw;
    return false;
  }
}

}  // namespace veleta::contract
