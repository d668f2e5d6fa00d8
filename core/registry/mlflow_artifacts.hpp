#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlflow_api.hpp"

namespace veleta {

/// The files below one of MLflow's artifact URIs, those of a run or of a model. Paths are checked by the caller.
class MlflowArtifacts {
 public:
  virtual ~MlflowArtifacts() = default;

  /// The same path again replaces.
  virtual void put(const std::string& path, std::string_view bytes) = 0;
  /// None: there is no such file, be it that there is a folder.
  virtual std::optional<std::string> get(const std::string& path) = 0;
  /// Paths of all files below `folder` ("": all), sorted.
  virtual std::vector<std::string> list(const std::string& folder) = 0;
};

/// The files at `uri`, reached as its scheme asks for: "mlflow-artifacts:" through the server, "s3:"
/// in the object store that the environment names (s3::settings_from_environment). `api` must live longer.
/// Throws kUnsupported, with what to do, for a place that cannot be reached from here.
std::unique_ptr<MlflowArtifacts> open_artifacts(MlflowApi& api, const std::string& uri);

}  // namespace veleta
