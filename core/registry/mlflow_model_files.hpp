#pragma once

#include <map>
#include <string>

#include "mlflow_artifacts.hpp"

namespace veleta {

/// What MLmodel tells of the place that a model was put to: keys and values.
using ModelPlace = std::map<std::string, std::string>;

/// Puts a version's files, then veleta-manifest.json with the size and SHA-256 of each, MLmodel last: where that is
/// there, the rest is. MLmodel, where it is a JSON object, is completed by those of `place` that it lacks.
/// Gives MLmodel back as it was put; empty where there is none.
std::string put_model_files(MlflowArtifacts& artifacts, const std::map<std::string, std::string>& files,
                            const ModelPlace& place);

/// The files below `folder` ("": all) that put_model_files was given; where there is no manifest, in a place of
/// somebody else's, those that are there. `what` names the version in errors. Throws kBadData for files that are not as
/// the manifest says.
std::map<std::string, std::string> get_model_files(MlflowArtifacts& artifacts, const std::string& what,
                                                   const std::string& folder);

}  // namespace veleta
