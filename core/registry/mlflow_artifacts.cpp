#include "mlflow_artifacts.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "s3/bucket.hpp"

namespace veleta {

namespace {

constexpr const char* kRoute = "/api/2.0/mlflow-artifacts/artifacts";

/// A file or a folder, as the server lists it.
struct Entry {
  std::string name;
  bool is_folder = false;
};

/// Files that the server hands through to wherever it keeps them.
class ProxiedArtifacts final : public MlflowArtifacts {
 public:
  ProxiedArtifacts(MlflowApi& api, std::string root) : api_(api), root_(std::move(root)) {}

  void put(const std::string& path, std::string_view bytes) override {
    const auto response = send("PUT", path, bytes);
    if (!response.is_success()) throw api_.error(response, "storing " + path);
  }

  std::optional<std::string> get(const std::string& path) override {
    auto response = send("GET", path);
    if (response.is_success()) return std::move(response.body);
    // Servers tell of a missing file by 404, 500 or, where it is a folder, 400: only the list is clear.
    if (response.status == 404 || !is_file(path)) return std::nullopt;
    response = send("GET", path);
    if (!response.is_success()) throw api_.error(response, "reading " + path);
    return std::move(response.body);
  }

  std::vector<std::string> list(const std::string& folder) override {
    std::vector<std::string> paths;
    gather(folder, paths);
    std::sort(paths.begin(), paths.end());
    return paths;
  }

 private:
  http::Response send(const char* method, const std::string& path, std::string_view bytes = {}) {
    return api_.transfer(method, fmt::format("{}/{}", kRoute, http::percent_encoded(below_root(path), "/")), bytes);
  }

  std::string below_root(const std::string& path) const { return path.empty() ? root_ : root_ + "/" + path; }

  std::vector<Entry> entries(const std::string& folder) {
    const auto response =
        api_.transfer("GET", fmt::format("{}?path={}", kRoute, http::percent_encoded(below_root(folder))), {});
    if (!response.is_success()) throw api_.error(response, fmt::format("listing the folder '{}'", folder));
    std::vector<Entry> found;
    const json::value answer = parse_json(response.body, "MLflow's list of " + folder);
    for (const auto& item : array_at(answer.as_object(), "files")) {
      const json::object& file = item.as_object();
      const auto* is_folder = file.if_contains("is_dir");
      found.push_back({text_or_empty(file, "path"), is_folder && is_folder->is_bool() && is_folder->get_bool()});
    }
    return found;
  }

  bool is_file(const std::string& path) {
    const size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
    const std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    const auto found = entries(folder);
    return std::any_of(found.begin(), found.end(),
                       [&](const Entry& entry) { return entry.name == name && !entry.is_folder; });
  }

  void gather(const std::string& folder, std::vector<std::string>& paths) {
    for (const Entry& entry : entries(folder)) {
      const std::string path = folder.empty() ? entry.name : folder + "/" + entry.name;
      if (entry.is_folder)
        gather(path, paths);
      else
        paths.push_back(path);
    }
  }

  MlflowApi& api_;
  const std::string root_;
};

/// Files in an object store that server and clients reach with credentials of their own.
class ObjectArtifacts final : public MlflowArtifacts {
 public:
  ObjectArtifacts(const std::string& bucket, std::string root)
      : bucket_(s3::settings_from_environment(), bucket), root_(std::move(root)) {}

  void put(const std::string& path, std::string_view bytes) override { bucket_.put(key_of(path), bytes); }

  std::optional<std::string> get(const std::string& path) override {
    try {
      return bucket_.get(key_of(path));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      return std::nullopt;
    }
  }

  std::vector<std::string> list(const std::string& folder) override {
    const std::string below = key_of(folder.empty() ? "" : folder + "/");
    std::vector<std::string> paths;
    for (const auto& object : bucket_.list(below)) paths.push_back(object.key.substr(key_of("").size()));
    return paths;
  }

 private:
  std::string key_of(const std::string& path) const { return root_.empty() ? path : root_ + "/" + path; }

  s3::Bucket bucket_;
  const std::string root_;
};

/// "1/<run>/artifacts" of "mlflow-artifacts:/1/<run>/artifacts", with a host before it or not.
std::string path_of(const std::string& uri, size_t scheme_size) {
  std::string path = uri.substr(scheme_size);
  if (path.starts_with("//")) path.erase(0, std::min(path.find('/', 2), path.size()));
  path.erase(0, path.find_first_not_of('/'));
  while (path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

std::unique_ptr<MlflowArtifacts> open_artifacts(MlflowApi& api, const std::string& uri) {
  constexpr std::string_view kProxied = "mlflow-artifacts:";
  if (uri.starts_with(kProxied)) return std::make_unique<ProxiedArtifacts>(api, path_of(uri, kProxied.size()));
  constexpr std::string_view kObjects = "s3://";
  if (uri.starts_with(kObjects)) {
    const std::string place = uri.substr(kObjects.size());
    const size_t bucket_size = std::min(place.find('/'), place.size());
    return std::make_unique<ObjectArtifacts>(place.substr(0, bucket_size), path_of(place, bucket_size));
  }
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("MLflow at {} keeps artifacts at {}, which cannot be reached from here: expected s3://…, or a "
                  "server started with --artifacts-destination and an experiment made there",
                  api.base(), uri));
}

}  // namespace veleta
