#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace veleta::data_api {

/// What may go wrong with an answer of /data.
enum class Fault { kSlow, kServerError, kDrop, kTruncated, kRenamed, kRetyped, kNulls, kDuplicates, kEmpty, kBadGroup };

/// One rule: which fault, how often, at which batch.
struct Misbehaviour {
  Fault fault;
  double seconds = 2;                ///< kSlow: the wait before the answer, and once more in its middle
  std::optional<unsigned> times;     ///< absent: for ever
  std::optional<unsigned> at_batch;  ///< absent: at any
};

/// Reads "500", "500:2" (twice, then fine), "renamed@2" (at batch 2 alone), "slow=0.5:1@0".
/// Throws std::invalid_argument that says what is wrong, and which faults there are.
Misbehaviour parse_misbehaviour(std::string_view text);

/// The rules in force. Thread-safe.
class Misbehaviours {
 public:
  void add(Misbehaviour rule);
  void clear();
  /// The fault for an answer that would bring `batch`: the oldest rule that fits, which it uses up once.
  std::optional<Misbehaviour> take(unsigned batch);

 private:
  std::mutex mutex_;
  std::vector<Misbehaviour> rules_;  ///< under mutex_
};

}  // namespace veleta::data_api
