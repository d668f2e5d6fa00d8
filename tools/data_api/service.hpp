#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "batch_text.hpp"
#include "misbehaviour.hpp"

namespace veleta::data_api {

struct ServiceOptions {
  double scale = 1;
  uint64_t seed = 2026;
  bool rows_as_lists = false;
};

/// A short answer.
struct Reply {
  unsigned status = 200;
  std::string body;
  std::string type = "application/json";
};

/// An answer that brings a batch, and how its sending is to fail.
struct BatchReply {
  BatchOrder order;
  std::optional<Misbehaviour> misbehaviour;
};

/// What the data API answers, apart from how answers travel. Thread-safe.
class Service {
 public:
  explicit Service(const ServiceOptions& options) : options_(options), geography_(options.seed) {}

  /// `target` is a request's path and query, as sent.
  std::variant<Reply, BatchReply> answer(std::string_view method, std::string_view target);
  void misbehave(const Misbehaviour& rule) { misbehaviours_.add(rule); }
  const Geography& geography() const { return geography_; }
  /// Counts what was sent, for /metrics.
  void count_sent(uint64_t bytes) { sent_bytes_ += bytes; }

 private:
  using Query = std::map<std::string, std::string>;
  using Cursor = std::pair<unsigned, std::string>;  ///< group and day

  std::variant<Reply, BatchReply> next_batch(const Query& query);
  Reply restart(const Query& query);
  Reply change_misbehaviour(std::string_view method, const Query& query);
  Reply metrics() const;

  const ServiceOptions options_;
  const Geography geography_;
  Misbehaviours misbehaviours_;
  std::mutex mutex_;
  std::map<Cursor, unsigned> next_;  ///< batch; under mutex_
  std::atomic<uint64_t> batches_ = 0, refusals_ = 0, sent_bytes_ = 0;
};

}  // namespace veleta::data_api
