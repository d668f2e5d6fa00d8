#include "known_pipelines.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"

namespace veleta {

namespace {

std::string schedule_text(const PipelineConfig::Schedule& schedule) {
  std::vector<std::string> ways;
  if (schedule.every_s > 0) ways.push_back(fmt::format("every {} s", schedule.every_s));
  if (!schedule.cron.empty()) ways.push_back("cron " + schedule.cron);
  if (!schedule.new_files.empty()) ways.push_back("new files in " + schedule.new_files);
  return join(ways, ", ");
}

std::vector<std::string> names_of(const std::map<std::string, std::string>& parameters) {
  std::vector<std::string> names;
  for (const auto& [name, value] : parameters) names.push_back(name);
  return names;
}

}  // namespace

KnownPipelines::KnownPipelines(const std::vector<std::filesystem::path>& files, PluginHost& plugins)
    : plugins_(plugins) {
  for (const auto& file : files) {
    Known known = read(file);
    const std::string name = known.card.name;
    const auto [place, is_new] = known_.emplace(name, std::move(known));
    if (!is_new)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("{} and {} both name the pipeline '{}'",
                                                           place->second.file.string(), file.string(), name));
  }
}

void KnownPipelines::refresh() {
  for (auto& [name, known] : known_) {
    std::error_code gone;
    const auto changed = std::filesystem::last_write_time(known.file, gone);
    if (gone || changed == known.changed) continue;
    known.changed = changed;  // a wrong file is told once
    try {
      Known now = read(known.file);
      if (now.card.name != name)
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("{} names the pipeline '{}' now, not '{}': start again to take it up",
                                known.file.string(), now.card.name, name));
      known = std::move(now);
    } catch (const Error& error) {
      log(LogLevel::kWarning, fmt::format("pipeline '{}' stays announced as it was: {}", name, error.what()));
    }
  }
}

std::vector<PipelineCard> KnownPipelines::cards() const {
  std::vector<PipelineCard> cards;
  for (const auto& [name, known] : known_) cards.push_back(known.card);
  return cards;
}

KnownPipelines::Known KnownPipelines::read(const std::filesystem::path& file) const {
  std::error_code unknown;
  const auto changed = std::filesystem::last_write_time(file, unknown);
  const PipelineConfig config = load_config(file, plugins_);
  Known known{file, changed, {}, config.schedule};
  known.card.name = config.pipeline.name;
  known.card.file = file.string();
  known.card.task = config.pipeline.task;
  known.card.target = config.pipeline.target;
  known.card.refuses_when_busy = config.runner.refuses_when_busy;
  known.card.max_queued = config.runner.max_queued;
  known.card.parameters = names_of(config.parameters);
  known.card.grounds = config.retrain.when;
  known.card.schedule = schedule_text(config.schedule);
  return known;
}

}  // namespace veleta
