#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace veleta {

/// The address of a server that the tests were started with: "mlflow3", "mlflow2".
inline std::string mlflow_url(const std::string& name) {
  const char* url = std::getenv(name == "mlflow3" ? "VELETA_TEST_MLFLOW3" : "VELETA_TEST_MLFLOW2");
  if (!url) throw std::runtime_error("no address of " + name);
  return url;
}

}  // namespace veleta
