#pragma once

#include <string>

#include "http/client.hpp"

namespace veleta {

/// How to speak to an MLflow server: its URI, and what MLflow's environment variables say.
struct MlflowSettings {
  std::string base;       ///< "http://host:5000": no slash at its end, no user in it
  http::Headers headers;  ///< of every request: they may hold secrets
  http::ClientOptions client;
  int tries = 6;
};

/// Whether MLflow serves at `uri`, of whatever host.
bool is_mlflow_uri(const std::string& uri);

/// Reads MLFLOW_TRACKING_USERNAME and _PASSWORD (or a user in the URI), else MLFLOW_TRACKING_TOKEN;
/// MLFLOW_TRACKING_INSECURE_TLS, _SERVER_CERT_PATH and _CLIENT_CERT_PATH; MLFLOW_WORKSPACE; MLFLOW_HTTP_REQUEST_TIMEOUT
/// in seconds and _MAX_RETRIES. Throws kInvalidArgument, naming the variable, for what makes no sense.
MlflowSettings mlflow_settings(const std::string& uri);

}  // namespace veleta
