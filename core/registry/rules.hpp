#pragma once

#include <map>
#include <string>
#include <vector>

#include "registry/registry.hpp"

/// What every registry takes: MLflow's own rules and limits, so that what one registry accepts another does not cut,
/// rename or refuse. Each check throws kInvalidArgument, and is made before anything is written.
namespace veleta {

void check_experiment(const std::string& name);
/// A run's idempotency key and its name.
void check_run_names(const std::string& key, const std::string& name);
void check_params(const std::map<std::string, std::string>& params);
void check_tags(const std::map<std::string, std::string>& tags);
/// Values are finite, times not before 1970.
void check_metrics(const std::vector<MetricPoint>& points);
void check_inputs(const std::vector<DatasetInput>& inputs);
/// "FINISHED", "FAILED" or "KILLED".
void check_final_status(const std::string& status);

void check_model(const std::string& name);
void check_description(const std::string& description);
void check_alias(const std::string& alias);

/// A path of a file or a folder below a run: see Registry.
void check_artifact_path(const std::string& path);

/// The name that a registry may give a file of its own among those of a version.
inline constexpr const char* kManifestName = "veleta-manifest.json";
/// The folder of a run that its first version's files are in, where they are among its artifacts.
inline constexpr const char* kModelFolder = "model";
/// The folder of a run that the files of a version of `model` are in, where another model has kModelFolder already.
std::string other_model_folder(const std::string& model);
/// The files of a version: one at least, none of them kManifestName or where a folder of another is.
void check_version_files(const std::map<std::string, std::string>& files);

}  // namespace veleta
