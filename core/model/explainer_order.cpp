#include "explainer_order.hpp"

#include <algorithm>

namespace veleta {

namespace {

constexpr uint32_t kOrderFlags = VELETA_ANY_MODEL | VELETA_SAMPLED;
static_assert(VELETA_ANY_MODEL < VELETA_SAMPLED, "explainers are tried in the order of their flags");

struct Candidate {
  uint32_t rank;
  std::string name;
  auto operator<=>(const Candidate&) const = default;
};

/// A library that cannot be loaded is tried in the end, to tell of it.
uint32_t flags_of(PluginHost& plugins, const std::string& name) {
  try {
    return plugins.describe(PluginKind::kExplainer, name).flags;
  } catch (const Error&) {
    return kOrderFlags;
  }
}

}  // namespace

std::vector<std::string> explainers_to_try(PluginHost& plugins, const std::string& preferred) {
  std::vector<Candidate> candidates;
  for (const std::string& name : plugins.names(PluginKind::kExplainer)) {
    const uint32_t flags = flags_of(plugins, name);
    if (name != preferred && !(flags & VELETA_ONLY_BY_NAME)) candidates.push_back({flags & kOrderFlags, name});
  }
  std::ranges::sort(candidates);
  std::vector<std::string> names;
  if (!preferred.empty()) names.push_back(preferred);
  for (Candidate& candidate : candidates) names.push_back(std::move(candidate.name));
  return names;
}

}  // namespace veleta
