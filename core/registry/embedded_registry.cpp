#include "embedded_registry.hpp"

#include <array>

#include "base/uri.hpp"
#include "mlflow_registry.hpp"

namespace veleta {

namespace {

constexpr const char* kComponent = "registry";
constexpr std::array kMigrations{R"sql(
  CREATE TABLE tracked_runs (
    id TEXT PRIMARY KEY, experiment TEXT NOT NULL, idempotency_key TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL, UNIQUE (experiment, idempotency_key));
  CREATE TABLE run_params (
    run_id TEXT NOT NULL REFERENCES tracked_runs (id), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run_id, key));
  CREATE TABLE run_metrics (
    run_id TEXT NOT NULL REFERENCES tracked_runs (id), key TEXT NOT NULL, step BIGINT NOT NULL, time_ms BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL, PRIMARY KEY (run_id, key, step, time_ms, value));
  CREATE TABLE run_tags (
    run_id TEXT NOT NULL REFERENCES tracked_runs (id), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run_id, key));
  CREATE TABLE registered_models (name TEXT PRIMARY KEY, last_version BIGINT NOT NULL);
  CREATE TABLE model_versions (
    model TEXT NOT NULL REFERENCES registered_models (name), version BIGINT NOT NULL,
    run_id TEXT NOT NULL REFERENCES tracked_runs (id), artifact_path TEXT NOT NULL, description TEXT NOT NULL,
    created_ms BIGINT NOT NULL, PRIMARY KEY (model, version), UNIQUE (model, run_id));
  CREATE TABLE version_tags (
    model TEXT NOT NULL, version BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, version, key),
    FOREIGN KEY (model, version) REFERENCES model_versions (model, version));
  CREATE TABLE aliases (
    model TEXT NOT NULL, alias TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (model, alias),
    FOREIGN KEY (model, version) REFERENCES model_versions (model, version));
)sql",
                                 R"sql(
  CREATE TABLE run_inputs (
    run_id TEXT NOT NULL REFERENCES tracked_runs (id), name TEXT NOT NULL, digest TEXT NOT NULL, source TEXT NOT NULL,
    data_schema TEXT NOT NULL, row_count BIGINT NOT NULL, context TEXT NOT NULL, PRIMARY KEY (run_id, name, digest));
)sql"};

}  // namespace

EmbeddedRegistry::EmbeddedRegistry(const std::filesystem::path& file)
    : database_("sqlite:///" + file.string(), kComponent, kMigrations), artifacts_(file.string() + ".artifacts") {}

std::unique_ptr<Registry> open_registry(const std::string& uri) {
  if (is_mlflow_uri(uri)) return std::make_unique<MlflowRegistry>(uri);
  return std::make_unique<EmbeddedRegistry>(sqlite_path(uri));
}

bool registry_exists(const std::string& uri) {
  return is_mlflow_uri(uri) || sql::has_component("sqlite:///" + sqlite_path(uri).string(), kComponent);
}

}  // namespace veleta
