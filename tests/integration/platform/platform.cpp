#include "platform.hpp"

#include <fmt/format.h>
#include <csignal>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "quickstart.hpp"
#include "servers/servers.hpp"

namespace veleta::test {

namespace {

std::unique_ptr<s3::Bucket> new_bucket(const std::string& name) {
  s3::Settings settings;
  settings.endpoint = testing::server_url("s3");
  settings.credentials = {"veleta", "veletasecret", ""};
  auto bucket = std::make_unique<s3::Bucket>(settings, name);
  bucket->create();
  return bucket;
}

/// "host:port" of "scheme://user:password@host:port/rest".
std::pair<size_t, size_t> authority_of(const std::string& uri) {
  const size_t begin = uri.find("://") + 3;
  const size_t end = std::min(uri.find_first_of("/?", begin), uri.size());
  const size_t user_end = uri.substr(0, end).rfind('@');
  return {user_end == std::string::npos || user_end < begin ? begin : user_end + 1, end};
}

}  // namespace

std::string at_server(const std::string& uri, const std::string& server_url) {
  const auto [begin, end] = authority_of(uri);
  const auto [server_begin, server_end] = authority_of(server_url);
  std::string moved = uri;
  return moved.replace(begin, end - begin, server_url.substr(server_begin, server_end - server_begin));
}

void start_over(const DataApi& api) {
  Process curl("/usr/bin/curl", {"-sf", api.url() + "/restart_data_generation?group_number=4&day=Tuesday"},
               "/dev/null");
  if (curl.wait() != 0) throw std::runtime_error("the data API stand-in does not start over");
}

Servers Servers::started() {
  return {testing::server_url("postgres"), testing::server_url("s3"), testing::server_url("mlflow3")};
}

PlatformPipeline::PlatformPipeline(const std::string& source_url, const Servers& servers, const std::string& learners)
    : name_("realty-" + new_id()),
      bucket_name_("veleta-" + new_id()),
      bucket_(new_bucket(bucket_name_)),
      registry_(open_registry(testing::server_url("mlflow3"))) {
  const Pipeline embedded(folder_, source_url, learners);
  const std::string uri = fmt::format("uri = \"sqlite:///{}/realty.db\"", folder_.path().string());
  change({{"name = \"realty\"", "name = \"" + name_ + "\""},
          {"[store]\n" + uri, "[store]\nuri = \"${PLATFORM_STORE}\"\nblobs = \"${PLATFORM_BLOBS}\""},
          {"[registry]\n" + uri,
           fmt::format(
               "[registry]\nuri = \"${{PLATFORM_REGISTRY}}\"\n[serve]\ncache = \"{0}/cache\"\nspool = \"{0}/spool\""
               "\nreload_interval_s = 0.1",
               folder_.path().string())}});
  environment_ = {{"PLATFORM_BLOBS", "s3://" + bucket_name_ + "/raw"},
                  {"AWS_ACCESS_KEY_ID", "veleta"},
                  {"AWS_SECRET_ACCESS_KEY", "veletasecret"}};
  use(servers);
}

void PlatformPipeline::use(const Servers& servers) {
  environment_["PLATFORM_STORE"] = at_server(schema_.uri(), servers.postgres);
  environment_["PLATFORM_REGISTRY"] = servers.mlflow;
  environment_["MLFLOW_S3_ENDPOINT_URL"] = servers.s3;
}

void PlatformPipeline::change(const std::vector<std::pair<std::string, std::string>>& changes) const {
  write_file_atomically(config_, changed(read_file(config_), changes));
}

std::vector<std::string> PlatformPipeline::environment() const {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment_) variables.push_back(name + "=" + value);
  return variables;
}

std::unique_ptr<Process> PlatformPipeline::start(const std::string& command,
                                                 const std::vector<std::string>& more) const {
  std::vector<std::string> arguments{command, config_.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return std::make_unique<Process>(binary("veleta"), std::move(arguments), folder_ / (new_id() + ".log"),
                                   environment());
}

Outcome PlatformPipeline::veleta(const std::string& command, std::vector<std::string> more) const {
  const auto process = start(command, more);
  Outcome outcome;
  outcome.status = process->wait();
  outcome.output = process->output();
  return outcome;
}

Outcome PlatformPipeline::run(bool until_end) const {
  return until_end ? veleta("run", {"--json", "--until-end"}) : veleta("run", {"--json"});
}

ServeOnPlatform::ServeOnPlatform(const PlatformPipeline& pipeline)
    : process_(pipeline.start("serve", {"--port", "0"})), port_(await_port(*process_)) {}

ServeOnPlatform::~ServeOnPlatform() {
  process_->kill(SIGTERM);
  process_->wait();
}

std::vector<std::string> PlatformPipeline::query(const std::string& sql, int column_count) const {
  return testing::rows_in_postgres(schema_.uri(), sql, column_count);
}

}  // namespace veleta::test
