#pragma once

#include <string>
#include <vector>

#include "servers/fault_proxy.hpp"
#include "story.hpp"

namespace veleta::test {

/// A fault and what people call it.
struct NamedFault {
  std::string name;
  testing::Fault fault;
};

/// What may happen to an exchange over HTTP, and over PostgreSQL's protocol; in the middle of it, at its ends, after
/// it.
const std::vector<NamedFault>& http_faults();
const std::vector<NamedFault>& postgres_faults();

/// A pipeline whose servers stand behind proxies that let faults happen. Its small learner keeps it quick: what is
/// tried here does not depend on the model.
class FaultyPlatform {
 public:
  explicit FaultyPlatform(const std::string& source_url);

  testing::FaultProxy& postgres() { return postgres_; }
  testing::FaultProxy& s3() { return s3_; }
  testing::FaultProxy& mlflow() { return mlflow_; }
  PlatformPipeline& pipeline() { return pipeline_; }

  /// Plans the fault for the exchange that is `nth` from now on, to be told in the table of faults.
  void plan(testing::FaultProxy& proxy, const NamedFault& fault, int nth, int times = 1);
  /// `veleta run`, again after a clear error of a server that failed, until so many batches are decided on. Returns how
  /// many tries failed.
  int run_batches(size_t count);
  /// How many batches are decided on.
  size_t decided() const;
  /// Expects the servers to hold what the embedded backends hold of the same batches, everything once and whole.
  void expect_right(const std::string& source_url, size_t batch_count);
  /// What happened, as rows of Markdown: server, fault, how often, what was asked for, how the run ended.
  void print_table() const;

 private:
  struct Planned {
    const testing::FaultProxy* proxy;
    std::string name;
    size_t exchange;  // from 0
    bool ended_run = false;
  };
  std::string server_of(const testing::FaultProxy& proxy) const;
  /// The last fault that happened is what ended the run.
  void blame_last_fault();

  testing::FaultProxy postgres_, s3_, mlflow_;
  PlatformPipeline pipeline_;
  std::vector<Planned> planned_;
};

}  // namespace veleta::test
