#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>

#include "store/request.hpp"

namespace veleta {

/// A request, a clock, and all that may happen to it: a client that asks in any order, runners that take it, tell of
/// it, die, or come back from a long pause believing that they still have it. Throws std::logic_error where a rule
/// breaks.
class RequestWorld {
 public:
  static constexpr int kRunners = 2;
  static constexpr int64_t kLease_ms = 2;
  static constexpr int kLastAttempt = 3;  ///< the client's; bounds the world
  enum class Happening {
    kAskAsFirstTry,
    kAskAsSecondTry,
    kAskAsThirdTry,
    kRetry,
    kCancel,
    kTimePasses,
    kFirstRunnersOwn  ///< from here on, for each runner in turn: the RunnersOwn
  };
  enum class RunnersOwn { kClaim, kRenew, kSucceed, kFail, kPutBack, kDie, kCount };
  static constexpr int kHappenings =
      static_cast<int>(Happening::kFirstRunnersOwn) + kRunners * static_cast<int>(RunnersOwn::kCount);

  /// What `happening`, from 0 to kHappenings - 1, does.
  void happen(int happening);
  /// That whatever happened, it comes to an end, if one runner lives and takes what it may.
  void require_that_it_ends() const;

  /// Equal for worlds in which the same can happen.
  using Key = std::tuple<RequestState, int, bool, int, std::string, int64_t, int64_t, std::array<int, kRunners>>;
  Key key() const;
  const RunRequest& request() const { return request_; }

 private:
  bool holds(int runner) const;
  void act(int runner, RunnersOwn own);
  void require_rules(const RunRequest& before, bool was_asked) const;

  RunRequest request_ = [] {
    RunRequest request;
    request.pipeline = "realty";
    request.id = request.run_id = "r";
    return request;
  }();
  int64_t now_ms_ = 100;
  std::array<int64_t, kRunners> claims_{};  ///< what each runner believes to hold; 0: nothing
};

}  // namespace veleta
