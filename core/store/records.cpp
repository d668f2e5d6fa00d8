#include <fmt/format.h>

#include "store/store.hpp"

namespace veleta {

const char* to_string(RunState state) {
  switch (state) {
    case RunState::kRunning: return "running";
    case RunState::kSucceeded: return "succeeded";
    case RunState::kFailed: return "failed";
    case RunState::kCancelled: return "cancelled";
  }
  return "?";
}

const char* to_string(BatchState state) {
  switch (state) {
    case BatchState::kRaw: return "raw";
    case BatchState::kClean: return "clean";
    case BatchState::kRejected: return "rejected";
  }
  return "?";
}

RunState parse_run_state(std::string_view text) {
  for (const auto state : {RunState::kRunning, RunState::kSucceeded, RunState::kFailed, RunState::kCancelled})
    if (text == to_string(state)) return state;
  throw Error(ErrorCode::kBadData, fmt::format("a run is in the unknown state '{}'", text));
}

BatchState parse_batch_state(std::string_view text) {
  for (const auto state : {BatchState::kRaw, BatchState::kClean, BatchState::kRejected})
    if (text == to_string(state)) return state;
  throw Error(ErrorCode::kBadData, fmt::format("a batch is in the unknown state '{}'", text));
}

}  // namespace veleta
