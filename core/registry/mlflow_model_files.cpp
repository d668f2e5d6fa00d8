#include "mlflow_model_files.hpp"

#include <fmt/format.h>

#include "base/digest.hpp"
#include "rules.hpp"

namespace veleta {

namespace {

constexpr const char* kModelName = "MLmodel";
constexpr int kFormat = 1;

/// A text put into MLmodel, and where.
struct Insertion {
  size_t at = 0;
  std::string text;
};

Insertion completion(const std::string& model, const ModelPlace& place) {
  boost::system::error_code broken;
  const json::value parsed = json::parse(model, broken);
  const auto* object = broken ? nullptr : parsed.if_object();
  if (!object) return {};
  Insertion insertion;
  insertion.at = model.find_last_not_of(" \t\r\n", model.rfind('}') - 1) + 1;
  for (const auto& [key, value] : place) {
    if (object->contains(key)) continue;
    const bool is_first = object->empty() && insertion.text.empty();
    insertion.text += fmt::format("{}\n  {}: {}", is_first ? "" : ",", json::serialize(json::value(key)),
                                  json::serialize(json::value(value)));
  }
  return insertion;
}

json::object entry_of(const std::string& bytes) { return {{"size_bytes", bytes.size()}, {"sha256", sha256(bytes)}}; }

bool is_below(std::string_view path, const std::string& folder) {
  return folder.empty() || path.starts_with(folder + "/");
}

[[noreturn]] void refuse(const std::string& what, const std::string& path, const std::string& reason) {
  throw Error(ErrorCode::kBadData, fmt::format("{}: file '{}' {}", what, path, reason));
}

std::string get_listed(MlflowArtifacts& artifacts, const std::string& what, const std::string& path,
                       const json::object& entry) {
  auto bytes = artifacts.get(path);
  if (!bytes) refuse(what, path, "is missing");
  const auto size = static_cast<size_t>(integer_at(entry, "size_bytes"));
  if (bytes->size() != size) refuse(what, path, fmt::format("has {} bytes, expected {}", bytes->size(), size));
  const std::string expected = text_or_empty(entry, "sha256"), found = sha256(*bytes);
  if (found != expected) refuse(what, path, fmt::format("has the SHA-256 {}, expected {}", found, expected));
  const auto added_at = static_cast<size_t>(integer_at(entry, "added_at"));
  if (const auto added = static_cast<size_t>(integer_at(entry, "added_bytes")); added > 0) {
    if (added_at > bytes->size()) refuse(what, path, "is not as its manifest says");
    bytes->erase(added_at, added);
  }
  return std::move(*bytes);
}

}  // namespace

std::string put_model_files(MlflowArtifacts& artifacts, const std::map<std::string, std::string>& files,
                            const ModelPlace& place) {
  json::object entries;
  for (const auto& [path, bytes] : files) {
    if (path == kModelName) continue;
    artifacts.put(path, bytes);
    entries[path] = entry_of(bytes);
  }
  std::string model;
  const auto found = files.find(kModelName);
  if (found != files.end()) {
    const Insertion insertion = completion(found->second, place);
    model = found->second;
    model.insert(insertion.at, insertion.text);
    json::object entry = entry_of(model);
    entry["added_at"] = insertion.at;
    entry["added_bytes"] = insertion.text.size();
    entries[kModelName] = std::move(entry);
  }
  artifacts.put(kManifestName, pretty_json(json::object{{"format", kFormat}, {"files", std::move(entries)}}));
  if (found != files.end()) artifacts.put(kModelName, model);
  return model;
}

std::map<std::string, std::string> get_model_files(MlflowArtifacts& artifacts, const std::string& what,
                                                   const std::string& folder) {
  std::map<std::string, std::string> files;
  const auto manifest = artifacts.get(kManifestName);
  if (!manifest) {
    for (const auto& path : artifacts.list(folder))
      if (auto bytes = artifacts.get(path)) files[path] = std::move(*bytes);
    return files;
  }
  const json::value parsed = parse_json(*manifest, fmt::format("{}: {}", what, kManifestName));
  if (!parsed.is_object() || integer_at(parsed.get_object(), "format") != kFormat)
    refuse(what, kManifestName, fmt::format("is of another format, expected {}", kFormat));
  for (const auto& [path, entry] : object_at(parsed.get_object(), "files")) {
    check_artifact_path(std::string(path));
    if (!is_below(path, folder)) continue;
    if (!entry.is_object()) refuse(what, kManifestName, "tells no size of " + std::string(path));
    files[path] = get_listed(artifacts, what, path, entry.get_object());
  }
  return files;
}

}  // namespace veleta
