#include "model_cache.hpp"

#include <fmt/format.h>
#include <functional>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "registry/record_json.hpp"

namespace veleta {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kConfirmEvery_ms = 60'000;

BundleFiles read_files(const fs::path& folder) {
  BundleFiles files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() != ".part")
      files[entry.path().lexically_relative(folder).generic_string()] = read_file(entry.path());
  return files;
}

std::string digest_of(const json::object& record) { return json::value_to<std::string>(record.at("digest")); }

/// A cache that fails costs a start without the registry, never a prediction.
void try_or_log(const std::string& what, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    log(LogLevel::kWarning, fmt::format("{}: {}", what, error.what()));
  }
}

}  // namespace

ModelCache::ModelCache(fs::path folder, std::string pipeline)
    : folder_(fs::absolute(folder) / fmt::format("{}-{:016x}", identifier(pipeline).substr(0, 100), hash64(pipeline))) {
}

std::optional<CachedVersion> ModelCache::find() const {
  const std::lock_guard lock(mutex_);
  std::optional<CachedVersion> found;
  if (!fs::exists(record())) return found;
  try_or_log(fmt::format("the model kept in {} cannot be used", folder_.string()), [&] {
    const json::object kept = read_json_file(record()).as_object();
    CachedVersion cached{version_from_json(kept.at("version"), record().string()),
                         read_files(folder_ / digest_of(kept)), kept.at("confirmed_ms").to_number<int64_t>()};
    if (bundle_digest(cached.files) != digest_of(kept))
      throw Error(ErrorCode::kBadData, "its files do not match its digest");
    found = std::move(cached);
  });
  return found;
}

std::optional<BundleFiles> ModelCache::files_of(const ModelVersion& version) const {
  auto cached = find();
  if (!cached) return std::nullopt;
  const ModelVersion& kept = cached->version;
  const bool is_same = kept.model == version.model && kept.version == version.version && kept.run_id == version.run_id;
  const auto digest = version.tags.find("digest"), kept_digest = kept.tags.find("digest");
  const bool same_digest =
      digest != version.tags.end() && kept_digest != kept.tags.end() && digest->second == kept_digest->second;
  if (!is_same || !same_digest) return std::nullopt;
  return std::move(cached->files);
}

void ModelCache::keep(const CachedVersion& cached) {
  const std::lock_guard lock(mutex_);
  try_or_log(fmt::format("version {} cannot be kept in {}", cached.version.version, folder_.string()), [&] {
    const std::string digest = bundle_digest(cached.files);
    for (const auto& [name, bytes] : cached.files) write_file_atomically(folder_ / digest / name, bytes);
    write_record(cached, digest);
    remove_all_but(digest);
  });
}

void ModelCache::confirm(const ModelVersion& version, int64_t time_ms) {
  const std::lock_guard lock(mutex_);
  if (!fs::exists(record())) return;
  try_or_log(fmt::format("cannot write {}", record().string()), [&] {
    json::object kept = read_json_file(record()).as_object();
    const bool is_kept = kept.at("version").at("version").to_number<int>() == version.version;
    if (!is_kept || time_ms - kept.at("confirmed_ms").to_number<int64_t>() < kConfirmEvery_ms) return;
    kept["confirmed_ms"] = time_ms;
    write_file_atomically(record(), pretty_json(kept));
  });
}

void ModelCache::write_record(const CachedVersion& cached, const std::string& digest) const {
  write_file_atomically(
      record(), pretty_json(json::object{
                    {"version", to_json(cached.version)}, {"digest", digest}, {"confirmed_ms", cached.confirmed_ms}}));
}

void ModelCache::remove_all_but(const std::string& digest) const {
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.is_directory() && entry.path().filename() != digest) fs::remove_all(entry.path());
}

}  // namespace veleta
