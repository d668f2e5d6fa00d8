#include "scheduler.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"

namespace veleta {

namespace {

constexpr const char* kDuePrefix = "scheduled__";
constexpr const char* kFilePrefix = "file__";
constexpr const char* kNoWishes = "{}";
/// A schedule's last run is looked for among so many requests.
constexpr int kSearched = 200;
constexpr size_t kLongestName = 150;

/// As ids may be written: what they cannot hold becomes '_', and a digest tells such names apart.
std::string id_part(const std::string& name) {
  std::string part;
  for (const char c : name.substr(0, kLongestName)) {
    const bool fits =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
    part += fits ? c : '_';
  }
  return part == name ? part : fmt::format("{}-{:08x}", part, static_cast<uint32_t>(hash64(name)));
}

std::optional<RunRequest> last_scheduled(RunQueue& queue, const std::string& pipeline) {
  for (auto& request : queue.list({pipeline, {}, RequestKind::kRun, {}, kSearched}))
    if (request.id.starts_with(kDuePrefix)) return std::move(request);
  return std::nullopt;
}

std::optional<int64_t> due_time(const RunRequest& request) {
  const auto seconds = parse_iso_time(std::string_view(request.id).substr(std::string_view(kDuePrefix).size()));
  if (!seconds) return std::nullopt;
  return static_cast<int64_t>(*seconds * 1000);
}

}  // namespace

bool Scheduler::tick(const std::map<std::string, KnownPipelines::Known>& pipelines, int64_t now_ms) {
  bool submitted = false;
  for (const auto& [name, known] : pipelines) {
    if (known.card.schedule.empty()) {
      followed_.erase(name);
      continue;
    }
    auto place = followed_.find(name);
    if (place == followed_.end() || place->second.text != known.card.schedule) {
      if (place != followed_.end()) followed_.erase(place);
      place = followed_.emplace(name, follow(known, now_ms)).first;
    }
    submitted |= submit_due(name, place->second, now_ms);
    submitted |= submit_files(name, place->second, now_ms);
  }
  return submitted;
}

/// From now on, and from the last run that the schedule made, if it did: what fell due since was missed.
Scheduler::Followed Scheduler::follow(const KnownPipelines::Known& pipeline, int64_t now_ms) {
  Followed followed{pipeline.card.schedule, DueTimes(pipeline.schedule), nullptr, now_ms};
  if (!pipeline.schedule.new_files.empty()) followed.files = std::make_unique<NewFiles>(pipeline.schedule.new_files);
  const auto last = last_scheduled(queue_, pipeline.card.name);
  const auto last_ms = last ? due_time(*last) : std::nullopt;
  if (!last_ms) return followed;
  if (const auto due = followed.times.due(*last_ms, now_ms))
    tell_missed(pipeline.card.name, due->missed + 1, "no runner lived");
  return followed;
}

bool Scheduler::submit_due(const std::string& pipeline, Followed& followed, int64_t now_ms) {
  const auto due = followed.times.due(followed.last_due_ms, now_ms);
  if (!due) return false;
  if (due->missed > 0) tell_missed(pipeline, due->missed, "the runner was held up");
  const auto last = last_scheduled(queue_, pipeline);
  const std::string id = kDuePrefix + format_iso_time(static_cast<double>(due->time_ms) / 1000);
  followed.last_due_ms = due->time_ms;
  if (last && last->id != id && !is_ended(last->state)) {
    tell_missed(pipeline, 1, fmt::format("run {} has not ended", last->id));
    return false;
  }
  return submit(pipeline, id);
}

bool Scheduler::submit_files(const std::string& pipeline, Followed& followed, int64_t now_ms) {
  bool submitted = false;
  if (followed.files)
    for (const auto& file : followed.files->look(now_ms))
      submitted |= submit(pipeline, fmt::format("{}{}__{}", kFilePrefix, id_part(file.name), file.changed_ms));
  return submitted;
}

bool Scheduler::submit(const std::string& pipeline, const std::string& id) {
  NewRequest request;
  request.pipeline = pipeline;
  request.id = id;
  request.body = kNoWishes;
  request.digest = sha256(kNoWishes);
  return queue_.submit(request).how == Submitted::kCreated;
}

void Scheduler::tell_missed(const std::string& pipeline, int count, const std::string& why) {
  log(LogLevel::kWarning, fmt::format("pipeline '{}': {} scheduled run{} left out: {}", pipeline, count,
                                      count == 1 ? " is" : "s are", why));
  Event event;
  event.kind = "schedule_missed";
  event.pipeline = pipeline;
  event.data = {{"count", count}, {"sentence", why}};
  queue_.tell(event);
}

}  // namespace veleta
