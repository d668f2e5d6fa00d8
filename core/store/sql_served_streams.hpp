#pragma once

#include "sql/sql.hpp"
#include "store/served_streams.hpp"

namespace veleta {

/// Held to the transaction's end by who writes labels, so that the order of their numbers is that in which they are
/// seen.
void write_labels_one_at_a_time(sql::Connection& connection);

/// Labels and watches in a store's tables.
class SqlServedStreams final : public ServedStreams {
 public:
  explicit SqlServedStreams(sql::Database& database) : database_(database) {}

  std::vector<LabelOutcome> add_labels(const std::string& pipeline,
                                       const std::vector<RequestLabels>& requests) override;
  std::vector<LabelledRow> labelled_rows(const std::string& pipeline, int64_t after, int limit) override;
  void each_label(const std::string& pipeline, const std::function<void(const KeptLabel&)>& visit) override;
  size_t restore_labels(const std::string& pipeline, const std::vector<KeptLabel>& labels) override;
  bool claim_streams(const std::string& pipeline, const std::string& watcher, int64_t stale_ms) override;
  void release_streams(const std::string& pipeline, const std::string& watcher) override;
  int64_t label_position(const std::string& pipeline) override;
  std::vector<KeptWatch> watches(const std::string& pipeline) override;
  void save_streams(const StreamsSave& save) override;

 private:
  sql::Database& database_;
};

}  // namespace veleta
