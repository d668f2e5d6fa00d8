#pragma once

#include <functional>
#include <optional>
#include <string>

#include "http/client.hpp"
#include "s3/signature.hpp"

namespace veleta::s3 {

/// Where a bucket's name stands in its URLs.
enum class Addressing {
  kPath,         ///< https://host/bucket/key
  kVirtualHost,  ///< https://bucket.host/key
};

/// Which object store, and how to speak with it.
struct Settings {
  std::string endpoint;  ///< "http://127.0.0.1:9000"; empty: Amazon's in the region
  std::string region = "us-east-1";
  Credentials credentials;
  std::optional<Addressing> addressing;  ///< none: by path at an endpoint of one's own, else by host where TLS can
  std::string ca_file;                   ///< the certificates to trust; empty: the system's
  bool verify_tls = true;
  double connect_timeout_s = 10;
  double stall_timeout_s = 30;  ///< a transfer slower than 1 kB/s for so long is given up
  http::Retry retry;            ///< every call to the store may be made again
};

/// What the environment says, in the variables that AWS's tools and MLflow read: AWS_ACCESS_KEY_ID,
/// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION or AWS_DEFAULT_REGION, AWS_CA_BUNDLE; MLFLOW_S3_ENDPOINT_URL,
/// AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL; MLFLOW_S3_IGNORE_TLS; MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE.
/// Throws kInvalidArgument, naming the variable, where credentials are missing or a value is none of those allowed.
Settings settings_from_environment();

/// The same from another environment: `variable` gives a variable's value, or "".
Settings settings_from(const std::function<std::string(const std::string& name)>& variable);

}  // namespace veleta::s3
