#include "schedule.hpp"

#include <chrono>

namespace veleta {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kSettled_ms = 1000;

bool is_being_written(const std::string& name) {
  return name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp");
}

int64_t changed_ms(const fs::directory_entry& entry, std::error_code& error) {
  const auto time = std::chrono::file_clock::to_sys(entry.last_write_time(error));
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

DueTimes::DueTimes(const PipelineConfig::Schedule& schedule) : every_ms_(schedule.every_s * 1000) {
  if (!schedule.cron.empty()) cron_.emplace(schedule.cron);
}

std::optional<int64_t> DueTimes::next_after(int64_t time_ms) const {
  std::optional<int64_t> next;
  if (every_ms_ > 0) next = (time_ms / every_ms_ + 1) * every_ms_;
  if (cron_)
    if (const auto time = cron_->next_after(time_ms); time && (!next || *time < *next)) next = time;
  return next;
}

std::optional<DueTimes::Due> DueTimes::due(int64_t after_ms, int64_t now_ms) const {
  std::optional<Due> due;
  for (auto next = next_after(after_ms); next && *next <= now_ms; next = next_after(*next)) {
    if (due && due->missed == kMostCounted) {
      due->time_ms = *next;
      continue;
    }
    due = Due{*next, due ? due->missed + 1 : 0};
  }
  return due;
}

std::vector<NewFiles::Arrival> NewFiles::look(int64_t now_ms) {
  std::vector<Arrival> arrivals;
  std::map<std::string, Seen> there;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    std::error_code gone;
    if (is_being_written(name) || !entry.is_regular_file(gone)) continue;
    Seen now{entry.file_size(gone), changed_ms(entry, gone), now_ms, false};
    if (gone) continue;
    const auto before = seen_.find(name);
    if (before != seen_.end() && before->second.size == now.size && before->second.changed_ms == now.changed_ms)
      now = before->second;
    if (!now.told && now_ms - now.since_ms >= kSettled_ms) {
      now.told = true;
      arrivals.push_back({name, now.changed_ms});
    }
    there[name] = now;
  }
  seen_ = std::move(there);
  return arrivals;
}

}  // namespace veleta
