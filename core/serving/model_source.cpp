#include "model_source.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace veleta {

namespace {

constexpr int64_t kLookInterval_ms = 30'000;

ServedModel open_version(const ModelVersion& version, const BundleFiles& files, PluginHost& plugins) {
  return {version, bundle_digest(files), now_ms(), Bundle::open(parts_from_files(files), plugins)};
}

void check_digest(const ServedModel& model) {
  const auto recorded = model.version.tags.find("digest");
  if (recorded == model.version.tags.end() || recorded->second == model.digest) return;
  throw Error(ErrorCode::kBadData,
              fmt::format("its files have the digest {}; its record says {}", model.digest, recorded->second));
}

}  // namespace

ModelSource::ModelSource(const std::string& pipeline, const std::filesystem::path& cache_folder, Registry& registry,
                         PluginHost& plugins)
    : pipeline_(pipeline), registry_(registry), plugins_(plugins) {
  if (!cache_folder.empty()) cache_.emplace(cache_folder, pipeline);
}

std::optional<ModelVersion> ModelSource::find_production() {
  auto version = registry_.version_by_alias(pipeline_, kProductionAlias);
  if (finish_promotion()) version = registry_.version_by_alias(pipeline_, kProductionAlias);
  if (version && cache_) cache_->confirm(*version, now_ms());
  return version;
}

bool ModelSource::finish_promotion() {
  const int64_t now = now_ms();
  if (next_look_ms_.exchange(now + kLookInterval_ms) > now) return false;
  try {
    return registry_.finish_move(pipeline_, kProductionAlias);
  } catch (const Error& error) {
    // A server that may only read serves what the alias points at.
    log(LogLevel::kWarning,
        fmt::format("whether a promotion of '{}' was cut off cannot be looked for: {}", pipeline_, error.what()));
    return false;
  }
}

ServedModel ModelSource::load(const ModelVersion& version) {
  if (cache_)
    if (const auto kept = cache_->files_of(version)) return open_version(version, *kept, plugins_);
  const BundleFiles files = registry_.version_files(version, kBundleFolder);
  ServedModel model = open_version(version, files, plugins_);
  check_digest(model);
  if (cache_) cache_->keep({version, files, now_ms()});
  return model;
}

std::optional<std::pair<ServedModel, int64_t>> ModelSource::recall() {
  const auto kept = cache_ ? cache_->find() : std::nullopt;
  if (!kept) return std::nullopt;
  try {
    return std::pair(open_version(kept->version, kept->files, plugins_), kept->confirmed_ms);
  } catch (const std::exception& error) {
    log(LogLevel::kWarning,
        fmt::format("version {}, which this machine kept, cannot be loaded: {}", kept->version.version, error.what()));
    return std::nullopt;
  }
}

}  // namespace veleta
