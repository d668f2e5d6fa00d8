#include <fmt/format.h>

#include "base/clock.hpp"
#include "embedded_registry.hpp"
#include "rules.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr const char* kVersionColumns = "model, version, run_id, artifact_path, description, created_ms";

ModelVersion version_from(const sql::Statement& row, const ArtifactFolder& artifacts) {
  ModelVersion version;
  version.model = row.string(0);
  version.version = static_cast<int>(row.integer(1));
  version.run_id = row.string(2);
  version.source = artifacts.uri(version.run_id, row.string(3));
  version.description = row.string(4);
  version.created_ms = row.integer(5);
  return version;
}

void complete(sql::Connection& connection, ModelVersion& version) {
  for (auto row = connection.query("SELECT key, value FROM version_tags WHERE model = ? AND version = ?", version.model,
                                   version.version);
       row.step();)
    version.tags[row.string(0)] = row.string(1);
  for (auto row = connection.query("SELECT alias FROM aliases WHERE model = ? AND version = ? ORDER BY alias",
                                   version.model, version.version);
       row.step();)
    version.aliases.push_back(row.string(0));
}

[[noreturn]] void throw_unknown(const std::string& model, int number) {
  throw Error(ErrorCode::kNotFound, fmt::format("model '{}' has no version {}", model, number));
}

ModelVersion read_version(sql::Connection& connection, const ArtifactFolder& artifacts, const std::string& model,
                          int number) {
  ModelVersion version;
  {
    auto row = connection.query(
        fmt::format("SELECT {} FROM model_versions WHERE model = ? AND version = ?", kVersionColumns), model, number);
    if (!row.step()) throw_unknown(model, number);
    version = version_from(row, artifacts);
  }
  complete(connection, version);
  return version;
}

void require_version(sql::Connection& connection, const std::string& model, int number) {
  if (!connection.query("SELECT 1 FROM model_versions WHERE model = ? AND version = ?", model, number).step())
    throw_unknown(model, number);
}

std::optional<int> aliased_version(sql::Connection& connection, const std::string& model, const std::string& alias) {
  auto row = connection.query("SELECT version FROM aliases WHERE model = ? AND alias = ?", model, alias);
  return row.step() ? std::optional(static_cast<int>(row.integer(0))) : std::nullopt;
}

void write_tags(sql::Connection& connection, const std::string& model, int version,
                const std::map<std::string, std::string>& tags) {
  for (const auto& [key, value] : tags)
    connection.run(
        "INSERT INTO version_tags (model, version, key, value) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (model, version, key) DO UPDATE SET value = excluded.value",
        model, version, key, value);
}

/// The next number of the model's versions, which are never used again.
int take_number(sql::Connection& connection, const std::string& model) {
  connection.run(
      "INSERT INTO registered_models (name, last_version) VALUES (?, 1) "
      "ON CONFLICT (name) DO UPDATE SET last_version = registered_models.last_version + 1",
      model);
  auto row = connection.query("SELECT last_version FROM registered_models WHERE name = ?", model);
  row.step();
  return static_cast<int>(row.integer(0));
}

std::optional<int> version_of_run(sql::Connection& connection, const std::string& model, const std::string& run_id) {
  auto row = connection.query("SELECT version FROM model_versions WHERE model = ? AND run_id = ?", model, run_id);
  return row.step() ? std::optional(static_cast<int>(row.integer(0))) : std::nullopt;
}

/// Where the files of the run's version of `model` go.
std::string folder_for(sql::Connection& connection, const std::string& model, const std::string& run_id) {
  if (!connection.query("SELECT 1 FROM tracked_runs WHERE id = ?", run_id).step())
    throw Error(ErrorCode::kNotFound, fmt::format("the registry has no run '{}'", run_id));
  const bool is_first = !connection.query("SELECT 1 FROM model_versions WHERE run_id = ?", run_id).step();
  return is_first ? kModelFolder : other_model_folder(model);
}

}  // namespace

void EmbeddedRegistry::keep_files(const std::string& run_id, const std::string& folder,
                                  const std::map<std::string, std::string>& files) const {
  for (const auto& [path, bytes] : files) artifacts_.put(run_id, folder + "/" + path, bytes);
  // A call that was killed in its middle may have left others.
  for (const auto& path : artifacts_.list(run_id, folder))
    if (!files.count(path.substr(folder.size() + 1))) artifacts_.remove(run_id, path);
}

ModelVersion EmbeddedRegistry::create_version(const std::string& model, const std::string& run_id,
                                              const std::map<std::string, std::string>& files,
                                              const std::string& description,
                                              const std::map<std::string, std::string>& tags) {
  check_model(model);
  check_version_files(files);
  check_description(description);
  check_tags(tags);
  const std::string folder = database_.read("read a run", [&](sql::Connection& connection) {
    return version_of_run(connection, model, run_id) ? std::string() : folder_for(connection, model, run_id);
  });
  if (!folder.empty()) keep_files(run_id, folder, files);
  return database_.write("create a model version", [&](sql::Connection& connection) {
    std::optional<int> number = version_of_run(connection, model, run_id);
    if (!number) {
      number = take_number(connection, model);
      connection.run(
          "INSERT INTO model_versions (model, version, run_id, artifact_path, description, created_ms) VALUES (?, ?, "
          "?, ?, ?, ?)",
          model, *number, run_id, folder, description, now_ms());
      write_tags(connection, model, *number, tags);
    }
    return read_version(connection, artifacts_, model, *number);
  });
}

ModelVersion EmbeddedRegistry::get_version(const std::string& model, int version) {
  return database_.read("read a model version", [&](sql::Connection& connection) {
    return read_version(connection, artifacts_, model, version);
  });
}

std::vector<ModelVersion> EmbeddedRegistry::list_versions(const std::string& model) {
  return database_.read("list model versions", [&](sql::Connection& connection) {
    std::vector<ModelVersion> versions;
    {
      auto row = connection.query(
          fmt::format("SELECT {} FROM model_versions WHERE model = ? ORDER BY version DESC", kVersionColumns), model);
      while (row.step()) versions.push_back(version_from(row, artifacts_));
    }
    for (auto& version : versions) complete(connection, version);
    return versions;
  });
}

std::optional<ModelVersion> EmbeddedRegistry::version_by_alias(const std::string& model, const std::string& alias) {
  return database_.read("look an alias up", [&](sql::Connection& connection) -> std::optional<ModelVersion> {
    const auto version = aliased_version(connection, model, alias);
    if (!version) return std::nullopt;
    return read_version(connection, artifacts_, model, *version);
  });
}

void EmbeddedRegistry::describe_version(const std::string& model, int version, const std::string& description,
                                        const std::map<std::string, std::string>& tags) {
  check_description(description);
  check_tags(tags);
  database_.write("describe a model version", [&](sql::Connection& connection) {
    if (connection.run("UPDATE model_versions SET description = ? WHERE model = ? AND version = ?", description, model,
                       version) == 0)
      throw_unknown(model, version);
    write_tags(connection, model, version, tags);
  });
}

bool EmbeddedRegistry::move_alias(const std::string& model, const std::string& alias, int version,
                                  std::optional<int> expected) {
  check_alias(alias);
  return database_.write("move an alias", [&](sql::Connection& connection) {
    require_version(connection, model, version);
    if (!expected)
      return connection.run("INSERT INTO aliases (model, alias, version) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                            model, alias, version) == 1;
    return connection.run("UPDATE aliases SET version = ? WHERE model = ? AND alias = ? AND version = ?", version,
                          model, alias, *expected) == 1;
  });
}

std::map<std::string, std::string> EmbeddedRegistry::version_files(const ModelVersion& version,
                                                                   const std::string& folder) {
  if (!folder.empty()) check_artifact_path(folder);
  const auto [run_id, root] = database_.read("read a model version", [&](sql::Connection& connection) {
    auto row = connection.query("SELECT run_id, artifact_path FROM model_versions WHERE model = ? AND version = ?",
                                version.model, version.version);
    if (!row.step()) throw_unknown(version.model, version.version);
    return std::pair(row.string(0), row.string(1));
  });
  const size_t prefix_size = root.empty() ? 0 : root.size() + 1;
  const std::string place = root.empty() || folder.empty() ? root + folder : root + "/" + folder;
  std::map<std::string, std::string> files;
  for (const auto& path : artifacts_.list(run_id, place))
    files[path.substr(prefix_size)] = artifacts_.get(run_id, path);
  if (files.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("version {} of '{}' has no files at {}", version.version,
                                                  version.model, artifacts_.uri(run_id, place)));
  return files;
}

}  // namespace veleta
