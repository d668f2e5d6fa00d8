#include "pipeline/manual_promotion.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "hold_pipeline.hpp"

namespace veleta {

namespace {

constexpr const char* kRolledBackBy = "rolled_back_by";

void move(const std::string& pipeline, int version, std::optional<int> before, Registry& registry) {
  if (!registry.move_alias(pipeline, kProductionAlias, version, before))
    throw Error(ErrorCode::kConflict,
                fmt::format("production of '{}' was moved by somebody else meanwhile; nothing changed", pipeline));
}

/// In the version's own words, after what they were.
std::string with_note(const ModelVersion& version, const std::string& note) {
  const std::string before = version.description.empty() ? "" : version.description + "\n\n";
  return clipped(before + note, kMaxDescriptionBytes);
}

void tell(const std::string& pipeline, const std::string& run_id, const char* what, const ManualPromotion& promotion,
          const std::string& reason, Store& store) {
  Event event;
  event.kind = "promoted";
  event.pipeline = pipeline;
  event.run_id = run_id;
  event.data = {{"manual", what}, {"version", promotion.version}, {"sentence", clipped(reason, 500)}};
  if (promotion.before) event.data["before"] = *promotion.before;
  store.queue().tell(event);
}

/// The version promoted last before `current` was.
std::optional<ModelVersion> predecessor_of(const ModelVersion& current, const std::vector<ModelVersion>& versions) {
  const std::string since = tag_of(current.tags, "decided_at");
  std::optional<ModelVersion> best;
  for (const auto& version : versions) {
    const std::string promoted = tag_of(version.tags, "decided_at");  // ISO 8601 in UTC: sorts as time
    if (tag_of(version.tags, "status") != "promoted" || version.version == current.version) continue;
    if (!since.empty() && promoted >= since) continue;
    if (!best || promoted > tag_of(best->tags, "decided_at")) best = version;
  }
  return best;
}

/// What a rollback takes back: a request that was cut off had chosen it, and is not to take back another.
ModelVersion taken_back(const std::string& pipeline, const std::string& run_id, Registry& registry) {
  for (const auto& version : registry.list_versions(pipeline))
    if (tag_of(version.tags, kRolledBackBy) == run_id) return version;
  const auto production = registry.version_by_alias(pipeline, kProductionAlias);
  if (!production)
    throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no production model to roll back", pipeline));
  return *production;
}

}  // namespace

ManualPromotion promote_by_hand(const std::string& pipeline, int version, const std::string& reason,
                                const std::string& run_id, Store& store, Registry& registry) {
  const auto lock = hold_pipeline(pipeline, store);
  const ModelVersion chosen = registry.get_version(pipeline, version);
  const auto production = registry.version_by_alias(pipeline, kProductionAlias);
  ManualPromotion promotion{version, {}, false};
  if (production) promotion.before = production->version;
  if (promotion.before == version && tag_of(chosen.tags, "status") == "promoted") return promotion;
  if (promotion.before != version) move(pipeline, version, promotion.before, registry);
  promotion.moved = true;
  registry.describe_version(
      pipeline, version, with_note(chosen, "Promoted by hand: " + reason),
      {{"status", "promoted"}, {"decided_at", format_time(now_ms())}, {"promoted_by_hand", clipped(reason, 500)}});
  tell(pipeline, run_id, "promote", promotion, reason, store);
  return promotion;
}

ManualPromotion roll_back(const std::string& pipeline, const std::string& reason, const std::string& run_id,
                          Store& store, Registry& registry) {
  const auto lock = hold_pipeline(pipeline, store);
  const ModelVersion from = taken_back(pipeline, run_id, registry);
  const auto to = predecessor_of(from, registry.list_versions(pipeline));
  if (!to)
    throw Error(ErrorCode::kNotFound,
                fmt::format("no version of '{}' was production before version {}", pipeline, from.version));
  if (tag_of(from.tags, "status") != "rolled_back")
    registry.describe_version(
        pipeline, from.version, with_note(from, "Rolled back: " + reason),
        {{"status", "rolled_back"}, {"rolled_back_at", format_time(now_ms())}, {kRolledBackBy, run_id}});
  const auto production = registry.version_by_alias(pipeline, kProductionAlias);
  if (!production || production->version != to->version) move(pipeline, to->version, from.version, registry);
  const ManualPromotion promotion{to->version, from.version, true};
  tell(pipeline, run_id, "rollback", promotion, reason, store);
  return promotion;
}

}  // namespace veleta
