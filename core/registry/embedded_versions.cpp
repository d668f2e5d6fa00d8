#include <fmt/format.h>
#include <algorithm>
#include <cctype>

#include "base/clock.hpp"
#include "embedded_registry.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr const char* kVersionColumns = "model, version, run_id, artifact_path, description, created_ms";

/// Without the trailing slash, the source is `<artifact uri of the run>/<artifact path>`.
ModelVersion version_from(const sqlite::Statement& row, const ArtifactFolder& artifacts) {
  ModelVersion version;
  version.model = row.string(0);
  version.version = static_cast<int>(row.integer(1));
  version.run_id = row.string(2);
  version.source = artifacts.uri(version.run_id) + "/" + row.string(3);
  version.description = row.string(4);
  version.created_ms = row.integer(5);
  return version;
}

void complete(sqlite::Connection& connection, ModelVersion& version) {
  for (auto row = connection.query("SELECT key, value FROM version_tags WHERE model = ? AND version = ?", version.model,
                                   version.version);
       row.step();)
    version.tags[row.string(0)] = row.string(1);
  for (auto row = connection.query("SELECT alias FROM aliases WHERE model = ? AND version = ? ORDER BY alias",
                                   version.model, version.version);
       row.step();)
    version.aliases.push_back(row.string(0));
}

ModelVersion read_version(sqlite::Connection& connection, const ArtifactFolder& artifacts, const std::string& model,
                          int number) {
  ModelVersion version;
  {
    auto row = connection.query(
        fmt::format("SELECT {} FROM model_versions WHERE model = ? AND version = ?", kVersionColumns), model, number);
    if (!row.step()) throw Error(ErrorCode::kNotFound, fmt::format("model '{}' has no version {}", model, number));
    version = version_from(row, artifacts);
  }
  complete(connection, version);
  return version;
}

std::optional<int> aliased_version(sqlite::Connection& connection, const std::string& model, const std::string& alias) {
  auto row = connection.query("SELECT version FROM aliases WHERE model = ? AND alias = ?", model, alias);
  return row.step() ? std::optional(static_cast<int>(row.integer(0))) : std::nullopt;
}

void write_tags(sqlite::Connection& connection, const std::string& model, int version,
                const std::map<std::string, std::string>& tags) {
  for (const auto& [key, value] : tags)
    connection.run(
        "INSERT INTO version_tags (model, version, key, value) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (model, version, key) DO UPDATE SET value = excluded.value",
        model, version, key, value);
}

/// MLflow's rules: no 'latest', and nothing that reads as a version.
void check_alias(const std::string& alias) {
  const bool reads_as_version =
      alias.size() > 1 && (alias[0] == 'v' || alias[0] == 'V') &&
      std::all_of(alias.begin() + 1, alias.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  const bool plain =
      !alias.empty() && alias.size() <= 255 &&
      std::all_of(alias.begin(), alias.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
  if (!plain || reads_as_version || alias == "latest")
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("'{}' is no alias: expected letters, digits, '_' and '-', but not 'latest' or a version as 'v1'",
                    alias));
}

/// The next number of the model's versions, which are never used again.
int take_number(sqlite::Connection& connection, const std::string& model) {
  connection.run(
      "INSERT INTO registered_models (name, last_version) VALUES (?, 1) "
      "ON CONFLICT (name) DO UPDATE SET last_version = last_version + 1",
      model);
  auto row = connection.query("SELECT last_version FROM registered_models WHERE name = ?", model);
  row.step();
  return static_cast<int>(row.integer(0));
}

}  // namespace

ModelVersion EmbeddedRegistry::create_version(const std::string& model, const std::string& run_id,
                                              const std::string& artifact_path, const std::string& description,
                                              const std::map<std::string, std::string>& tags) {
  if (model.empty()) throw Error(ErrorCode::kInvalidArgument, "a model needs a name");
  return database_.write("create a model version", [&](sqlite::Connection& connection) {
    int number = 0;
    {
      auto known = connection.query("SELECT version FROM model_versions WHERE model = ? AND run_id = ?", model, run_id);
      if (known.step()) number = static_cast<int>(known.integer(0));
    }
    if (number == 0) {
      if (!connection.query("SELECT 1 FROM tracked_runs WHERE id = ?", run_id).step())
        throw Error(ErrorCode::kNotFound, fmt::format("the registry has no run '{}'", run_id));
      number = take_number(connection, model);
      connection.run(
          "INSERT INTO model_versions (model, version, run_id, artifact_path, description, created_ms) VALUES (?, ?, "
          "?, ?, ?, ?)",
          model, number, run_id, artifact_path, description, now_ms());
      write_tags(connection, model, number, tags);
    }
    return read_version(connection, artifacts_, model, number);
  });
}

ModelVersion EmbeddedRegistry::get_version(const std::string& model, int version) {
  return database_.read("read a model version", [&](sqlite::Connection& connection) {
    return read_version(connection, artifacts_, model, version);
  });
}

std::vector<ModelVersion> EmbeddedRegistry::list_versions(const std::string& model) {
  return database_.read("list model versions", [&](sqlite::Connection& connection) {
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
  return database_.read("look an alias up", [&](sqlite::Connection& connection) -> std::optional<ModelVersion> {
    const auto version = aliased_version(connection, model, alias);
    if (!version) return std::nullopt;
    return read_version(connection, artifacts_, model, *version);
  });
}

void EmbeddedRegistry::describe_version(const std::string& model, int version, const std::string& description,
                                        const std::map<std::string, std::string>& tags) {
  database_.write("describe a model version", [&](sqlite::Connection& connection) {
    if (connection.run("UPDATE model_versions SET description = ? WHERE model = ? AND version = ?", description, model,
                       version) == 0)
      throw Error(ErrorCode::kNotFound, fmt::format("model '{}' has no version {}", model, version));
    write_tags(connection, model, version, tags);
  });
}

bool EmbeddedRegistry::move_alias(const std::string& model, const std::string& alias, int version,
                                  std::optional<int> expected) {
  check_alias(alias);
  return database_.write("move an alias", [&](sqlite::Connection& connection) {
    read_version(connection, artifacts_, model, version);
    if (aliased_version(connection, model, alias) != expected) return false;
    connection.run(
        "INSERT INTO aliases (model, alias, version) VALUES (?, ?, ?) "
        "ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version",
        model, alias, version);
    return true;
  });
}

std::map<std::string, std::string> EmbeddedRegistry::version_files(const ModelVersion& version) {
  const std::string prefix = version.source.substr(artifacts_.uri(version.run_id).size() + 1) + "/";
  std::map<std::string, std::string> files;
  for (const auto& path : artifacts_.list(version.run_id, prefix.substr(0, prefix.size() - 1)))
    files[path.substr(prefix.size())] = artifacts_.get(version.run_id, path);
  if (files.empty())
    throw Error(ErrorCode::kNotFound,
                fmt::format("version {} of '{}' has no files at {}", version.version, version.model, version.source));
  return files;
}

}  // namespace veleta
