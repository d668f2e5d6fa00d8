#pragma once

#include <stdexcept>
#include <string>

#include "veleta/abi.h"

namespace veleta {

/// What kind of thing went wrong. Those up to kPeerFailed are the ABI's statuses; the others are the host's own.
enum class ErrorCode {
  kInvalidArgument = VELETA_INVALID_ARGUMENT,
  kUnsupported = VELETA_UNSUPPORTED,
  kUnavailable = VELETA_UNAVAILABLE,
  kTimeout = VELETA_TIMEOUT,
  kRefused = VELETA_REFUSED,
  kBadData = VELETA_BAD_DATA,
  kCancelled = VELETA_CANCELLED,
  kInternal = VELETA_INTERNAL,
  kPeerFailed = VELETA_PEER_FAILED,  ///< the other side was reached and failed; it may have done what was asked
  kNotFound = 100,                   ///< the named thing is not there
  kConflict = 101,                   ///< somebody else holds it, or it exists with another content
  kPlugin = 102,                     ///< a plugin broke its contract: threw, crashed, hung, returned rubbish
};

/// The one exception of host and plugins: a code, and a message that names the thing, the place, what was expected and
/// what was found.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace veleta
