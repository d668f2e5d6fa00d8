#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "clean_table.hpp"
#include "sql/sql.hpp"
#include "sql_run_queue.hpp"
#include "sql_served_streams.hpp"
#include "store/store.hpp"

namespace veleta {

/// The store in an SQL database: an SQLite file, with its locks in "<file>.locks", or a schema of a PostgreSQL server.
class SqlStore final : public Store {
 public:
  SqlStore(const std::string& uri, const StoreOptions& options);

  std::unique_ptr<PipelineLock> lock_pipeline(const std::string& pipeline) override;
  RunRecord start_run(const std::string& pipeline, const std::string& run_id) override;
  std::optional<RunRecord> find_run(const std::string& run_id) override;
  std::vector<RunRecord> unfinished_runs(const std::string& pipeline) override;
  std::vector<RunRecord> undecided_runs(const std::string& pipeline) override;
  std::vector<RunRecord> list_runs(const std::string& pipeline, int limit, int offset) override;
  void finish_run(const std::string& run_id, RunState state, const std::string& outcome, const std::string& sentence,
                  const DecisionRecord* decision, const std::vector<Event>& events) override;

  void finish_step(const std::string& run_id, const StepRecord& step) override;
  std::vector<StepRecord> steps(const std::string& run_id) override;
  void forget_steps(const std::string& run_id, const std::string& from) override;

  BlobStore& blobs() override { return *blobs_; }
  BatchRecord add_batch(const BatchRecord& batch) override;
  std::optional<BatchRecord> find_batch(const std::string& pipeline, const std::string& batch_id) override;
  std::vector<BatchRecord> list_batches(const std::string& pipeline) override;
  void take_again(const std::string& run_id, const std::string& pipeline, const std::string& batch_id) override;
  void set_source_unsure(const std::string& pipeline, bool unsure) override;
  bool is_source_unsure(const std::string& pipeline) override;
  void reject_batch(const std::string& pipeline, const std::string& batch_id) override;

  std::optional<Schema> schema(const std::string& pipeline) override;
  void write_clean(const std::string& pipeline, const std::string& batch_id, const Table& rows) override;
  Table read_clean(const std::string& pipeline, const std::vector<std::string>& batch_ids) override;

  std::optional<DecisionRecord> find_decision(const std::string& run_id) override;
  std::vector<DecisionRecord> list_decisions(const std::string& pipeline, int limit, int offset) override;

  void append_inferences(const std::vector<InferenceRecord>& records,
                         const std::optional<InferenceChunk>& chunk) override;
  std::vector<InferenceRecord> list_inferences(const std::string& pipeline, int limit) override;
  void each_inference(const std::string& pipeline, const std::function<void(const InferenceRecord&)>& visit) override;

  void restore_run(const RunRecord& run, const std::vector<StepRecord>& steps,
                   const std::optional<DecisionRecord>& decision) override;
  void restore_batch(const BatchRecord& batch) override;

  RunQueue& queue() override { return queue_; }
  ServedStreams& streams() override { return streams_; }

 private:
  /// As the database's write, under the locks that this store holds.
  template <typename Work>
  auto write(const std::string& purpose, Work&& work) {
    return database_.write(purpose, [&](sql::Connection& connection) {
      hold_locks();
      return work(connection);
    });
  }
  void hold_locks();

  sql::Database database_;
  std::unique_ptr<BlobStore> blobs_;
  SqlRunQueue queue_;
  SqlServedStreams streams_;
  std::mutex locks_mutex_;
  std::vector<std::weak_ptr<sql::SessionLock>> locks_;  // guarded by locks_mutex_
};

}  // namespace veleta
