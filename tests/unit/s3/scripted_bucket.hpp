#pragma once

#include <memory>
#include <string>
#include <utility>

#include "s3/bucket.hpp"
#include "servers/scripted_server.hpp"

namespace veleta::s3 {

/// Settings for a server of a test, which wait for next to nothing.
inline Settings scripted_settings(const std::string& endpoint) {
  Settings settings;
  settings.endpoint = endpoint;
  settings.credentials = {"the-id", "hidden-secret", "hidden-token"};
  settings.retry.tries = 3;
  settings.retry.first_pause_s = 0.001;
  settings.retry.longest_pause_s = 0.002;
  return settings;
}

/// The bucket "raw-data" of a store that answers as a test wants.
struct ScriptedBucket {
  explicit ScriptedBucket(testing::ScriptedServer::Script script)
      : server(std::move(script)), bucket(scripted_settings(server.url()), "raw-data") {}

  testing::ScriptedServer server;
  Bucket bucket;
};

/// The value of a request's header, by its name as it was sent.
inline std::string header_of(const testing::HttpMessage& request, const std::string& name) {
  const size_t begin = request.bytes.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return {};
  const size_t value = begin + name.size() + 4;
  return request.bytes.substr(value, request.bytes.find("\r\n", value) - value);
}

}  // namespace veleta::s3
