#include "request_world.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <stdexcept>

namespace veleta {

namespace {

std::string name_of(int runner) { return std::string(1, static_cast<char>('a' + runner)); }

void require(bool condition, const char* rule) {
  if (!condition) throw std::logic_error(rule);
}

RequestEnd end_in(RequestState state) { return {state, to_string(state), "", "", "", {}}; }

}  // namespace

bool RequestWorld::holds(int runner) const {
  const auto place = static_cast<size_t>(runner);
  return claims_[place] != 0 && is_held(request_, name_of(runner), claims_[place]);
}

void RequestWorld::happen(int happening) {
  const RunRequest before = request_;
  const int firsts = static_cast<int>(Happening::kFirstRunnersOwn), owns = static_cast<int>(RunnersOwn::kCount);
  bool was_asked = false;
  if (happening >= firsts) {
    act((happening - firsts) / owns, static_cast<RunnersOwn>((happening - firsts) % owns));
  } else {
    switch (static_cast<Happening>(happening)) {
      case Happening::kAskAsFirstTry:
      case Happening::kAskAsSecondTry:
      case Happening::kAskAsThirdTry: was_asked = ask_again(request_, happening + 1, now_ms_); break;
      case Happening::kRetry: was_asked = request_.attempt <= kLastAttempt && retry(request_, now_ms_); break;
      case Happening::kCancel: cancel(request_, now_ms_); break;
      default: ++now_ms_;
    }
  }
  require_rules(before, was_asked);
}

void RequestWorld::act(int runner, RunnersOwn own) {
  auto& claim_number = claims_[static_cast<size_t>(runner)];
  switch (own) {
    case RunnersOwn::kClaim:
      if (is_claimable(request_, now_ms_) && claim(request_, name_of(runner), now_ms_, kLease_ms))
        claim_number = request_.claim;
      return;
    case RunnersOwn::kRenew:
      if (holds(runner)) renew(request_, now_ms_, kLease_ms);
      return;
    case RunnersOwn::kSucceed:
    case RunnersOwn::kFail:
      if (holds(runner))
        finish(request_, end_in(own == RunnersOwn::kFail ? RequestState::kFailed : RequestState::kSucceeded), now_ms_);
      claim_number = 0;
      return;
    case RunnersOwn::kPutBack:
      if (holds(runner)) put_back(request_, now_ms_, now_ms_ + 1);
      claim_number = 0;
      return;
    default: claim_number = 0;
  }
}

void RequestWorld::require_rules(const RunRequest& before, bool was_asked) const {
  int holders = 0;
  for (int runner = 0; runner < kRunners; ++runner) holders += holds(runner);
  require(holders <= 1, "two runners hold one request");
  require(request_.attempt >= before.attempt && request_.claim >= before.claim, "a count went down");
  require(request_.deaths < kMaxDeaths || is_ended(request_.state), "a request that kills its runners goes on");
  require(!request_.cancelling || request_.state == RequestState::kRunning, "one is being cancelled that does not run");
  if (before.state == RequestState::kSucceeded || before.state == RequestState::kSkipped)
    require(request_.state == before.state && request_.claim == before.claim, "what had succeeded was done again");
  if (is_ended(before.state) && !was_asked)
    require(request_.state == before.state && request_.claim == before.claim, "what had ended began again unasked");
  if (before.cancelling)
    require(request_.claim == before.claim && request_.state != RequestState::kQueued,
            "what was cancelled began again");
  if (before.state == RequestState::kRunning && request_.claim != before.claim)
    require(before.lease_until_ms < now_ms_, "a request was taken from a runner that lives");
}

void RequestWorld::require_that_it_ends() const {
  RequestWorld world = *this;
  for (int tries = 0; tries < 10 && !is_ended(world.request_.state); ++tries) {
    ++world.now_ms_;
    RunRequest& request = world.request_;
    if (is_claimable(request, world.now_ms_) && claim(request, "a living one", world.now_ms_, kLease_ms))
      finish(request, end_in(RequestState::kSucceeded), world.now_ms_);
  }
  require(is_ended(world.request_.state), "a request never ends");
}

RequestWorld::Key RequestWorld::key() const {
  const bool runs = request_.state == RequestState::kRunning;
  const auto left = [&](int64_t until_ms) { return std::clamp<int64_t>(until_ms - now_ms_, -1, kLease_ms); };
  std::array<int, kRunners> beliefs{};
  for (int runner = 0; runner < kRunners; ++runner)
    beliefs[static_cast<size_t>(runner)] = holds(runner) ? 2 : claims_[static_cast<size_t>(runner)] != 0;
  return {request_.state,
          request_.attempt,
          request_.cancelling,
          request_.deaths,
          runs ? request_.runner : "",
          runs ? left(request_.lease_until_ms) : 0,
          request_.state == RequestState::kQueued ? left(request_.not_before_ms) : 0,
          beliefs};
}

}  // namespace veleta
