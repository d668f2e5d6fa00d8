#include "s3_server.hpp"

#include <string_view>

#include "base/ids.hpp"
#include "servers/servers.hpp"

namespace veleta {

s3::Settings server_settings(const std::string& endpoint) {
  s3::Settings settings;
  settings.endpoint = endpoint.empty() ? testing::server_url(VELETA_S3_SERVER) : endpoint;
  settings.credentials = {"veleta", "veletasecret", ""};
  settings.retry.first_pause_s = 0.001;
  settings.retry.longest_pause_s = 0.01;
  return settings;
}

std::string new_bucket() {
  const std::string name = "veleta-" + new_id();
  s3::Bucket(server_settings(), name).create();
  return name;
}

bool is_minio() { return std::string_view(VELETA_S3_SERVER) == "minio"; }

}  // namespace veleta
