#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "postgres_testing.hpp"
#include "programs.hpp"
#include "registry/registry.hpp"
#include "s3/bucket.hpp"

namespace veleta::test {

/// Where a pipeline's servers answer.
struct Servers {
  std::string postgres, s3, mlflow;

  /// Those that CTest has started.
  static Servers started();
};

/// A pipeline of the realty data on real servers: a schema and a bucket of its own, and a name of its own, which is
/// that of its experiment and its model. `Servers` are those that the program sees; the test looks past them at the
/// real ones.
class PlatformPipeline {
 public:
  PlatformPipeline(const std::string& source_url, const Servers& servers,
                   const std::string& learners = Pipeline::kSmallLearner);

  /// Runs `veleta COMMAND CONFIG MORE…`.
  Outcome veleta(const std::string& command, std::vector<std::string> more = {}) const;
  Outcome run(bool until_end = false) const;
  /// The same program in the background.
  std::unique_ptr<Process> start(const std::string& command, const std::vector<std::string>& more = {}) const;

  /// A variable of the programs that are started from now on.
  void set(const std::string& variable, const std::string& value) { environment_[variable] = value; }
  /// The servers that the programs see from now on.
  void use(const Servers& servers);
  /// Changes the pipeline's file.
  void change(const std::vector<std::pair<std::string, std::string>>& changes) const;

  const std::string& name() const { return name_; }
  const std::filesystem::path& config() const { return config_; }
  const Folder& folder() const { return folder_; }
  std::vector<std::string> environment() const;
  /// The rows of a query whose columns are texts.
  std::vector<std::string> query(const std::string& sql, int column_count = 1) const;
  std::string schema_uri() const { return schema_.uri(); }
  Registry& registry() const { return *registry_; }
  s3::Bucket& bucket() const { return *bucket_; }

 private:
  const Folder folder_;
  const std::string name_;
  const std::string bucket_name_;
  const std::filesystem::path config_ = folder_ / "pipeline.toml";
  const testing::PostgresSchema schema_;
  const std::unique_ptr<s3::Bucket> bucket_;
  const std::unique_ptr<Registry> registry_;
  std::map<std::string, std::string> environment_;
};

/// `veleta serve` of such a pipeline, on a free port; ends when it goes.
class ServeOnPlatform {
 public:
  explicit ServeOnPlatform(const PlatformPipeline& pipeline);
  ~ServeOnPlatform();
  uint16_t port() const { return port_; }

 private:
  const std::unique_ptr<Process> process_;
  const uint16_t port_;
};

/// The uri with another server's host and port.
std::string at_server(const std::string& uri, const std::string& server_url);

/// Makes the data API begin anew.
void start_over(const DataApi& api);

}  // namespace veleta::test
