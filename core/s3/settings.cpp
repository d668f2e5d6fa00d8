#include "s3/settings.hpp"

#include <fmt/format.h>
#include <cstdlib>
#include <initializer_list>

#include "veleta/error.hpp"

namespace veleta::s3 {

namespace {

using Variables = std::function<std::string(const std::string&)>;

std::string first_of(const Variables& variable, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (std::string value = variable(name); !value.empty()) return value;
  return {};
}

std::string needed(const Variables& variable, const std::string& name) {
  std::string value = variable(name);
  if (value.empty())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the environment variable {} is not set: an object store (s3://) needs AWS_ACCESS_KEY_ID "
                            "and AWS_SECRET_ACCESS_KEY",
                            name));
  return value;
}

bool is_true(const Variables& variable, const std::string& name) {
  const std::string value = variable(name);
  if (value == "true" || value == "True" || value == "TRUE" || value == "1") return true;
  if (value.empty() || value == "false" || value == "False" || value == "FALSE" || value == "0") return false;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the environment variable {} is '{}', and must be true or false", name, value));
}

std::optional<Addressing> addressing_of(const Variables& variable) {
  const std::string name = "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE";
  const std::string value = variable(name);
  if (value.empty() || value == "auto") return std::nullopt;
  if (value == "path") return Addressing::kPath;
  if (value == "virtual") return Addressing::kVirtualHost;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the environment variable {} is '{}', and must be auto, path or virtual", name, value));
}

}  // namespace

Settings settings_from(const Variables& variable) {
  Settings settings;
  settings.credentials = {needed(variable, "AWS_ACCESS_KEY_ID"), needed(variable, "AWS_SECRET_ACCESS_KEY"),
                          variable("AWS_SESSION_TOKEN")};
  settings.endpoint = first_of(variable, {"MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  if (const std::string region = first_of(variable, {"AWS_REGION", "AWS_DEFAULT_REGION"}); !region.empty())
    settings.region = region;
  settings.ca_file = variable("AWS_CA_BUNDLE");
  settings.verify_tls = !is_true(variable, "MLFLOW_S3_IGNORE_TLS");
  settings.addressing = addressing_of(variable);
  return settings;
}

Settings settings_from_environment() {
  return settings_from([](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return std::string(value ? value : "");
  });
}

}  // namespace veleta::s3
