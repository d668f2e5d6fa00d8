#pragma once

#include <string>

namespace veleta::testing {

/// Where the server answers that the test asks for with SERVERS in its CMake line: "postgres", "s3", "minio",
/// "mlflow3" or "mlflow2". User and password are "veleta" and "veletasecret". Throws where CTest has not started it.
std::string server_url(const std::string& name);

}  // namespace veleta::testing
