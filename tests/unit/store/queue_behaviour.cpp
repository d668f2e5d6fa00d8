#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/clock.hpp"
#include "queue_behaviour.hpp"

// Requests, runners and events, on every store.
namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_P(QueueBehaviour, KeepsARequestAsItWasAsked) {
  const Submission made = queue().submit(new_request("manual__2026-11-26T10:00:00+00:00"));
  EXPECT_EQ(made.how, Submitted::kCreated);
  reopen();
  const RunRequest found = queue().find("realty", made.request.id).value();
  EXPECT_EQ(found.number, made.request.number);
  EXPECT_EQ(found.run_id, found.id);
  EXPECT_EQ(found.state, RequestState::kQueued);
  EXPECT_EQ(found.attempt, 1);
  EXPECT_GT(found.asked_ms, 1'600'000'000'000);
  EXPECT_EQ(queue().body("realty", found.id), R"({"batch": "4"})");
  EXPECT_FALSE(queue().find("boston", found.id));
  EXPECT_EQ(code_of([&] { queue().body("realty", "another"); }), ErrorCode::kNotFound);
}

TEST_P(QueueBehaviour, MakesOneOfEqualRequestsAtTheSameTime) {
  std::atomic<int> created = 0, repeated = 0;
  std::vector<std::jthread> clients;
  for (int client = 0; client < 8; ++client)
    clients.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        const Submitted how = queue().submit(new_request("r")).how;
        created += how == Submitted::kCreated;
        repeated += how == Submitted::kRepeated;
      }
    });
  clients.clear();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(repeated, 39);
  EXPECT_EQ(queue().list({"realty", {}, {}, {}, 10}).size(), 1U);
}

TEST_P(QueueBehaviour, TellsAnotherBodyOfTheSameId) {
  submit("r");
  NewRequest other = new_request("r");
  other.digest = "e";
  EXPECT_EQ(queue().submit(other).how, Submitted::kDiffers);
  other = new_request("r");
  other.kind = RequestKind::kDrift;
  EXPECT_EQ(queue().submit(other).how, Submitted::kDiffers);
}

TEST_P(QueueBehaviour, GivesARunOfItsOwnToAnIdThatAnotherPipelineHas) {
  store().start_run("boston", "scheduled");
  EXPECT_EQ(submit("scheduled").run_id, "realty.scheduled");
  EXPECT_EQ(submit("hourly").run_id, "hourly");
  EXPECT_EQ(submit("hourly", "boston").run_id, "boston.hourly");
}

TEST_P(QueueBehaviour, RefusesWhatIsTooMuch) {
  submit("first");
  NewRequest second = new_request("second");
  second.max_before = 0;
  const Submission refused = queue().submit(second);
  EXPECT_EQ(refused.how, Submitted::kBusy);
  EXPECT_EQ(refused.request.id, "first");
  EXPECT_FALSE(queue().find("realty", "second"));
  NewRequest again = new_request("first");
  again.max_before = 0;
  EXPECT_EQ(queue().submit(again).how, Submitted::kRepeated);
  second.kind = RequestKind::kDrift;  // disturbs nobody
  EXPECT_EQ(queue().submit(second).how, Submitted::kCreated);
}

TEST_P(QueueBehaviour, TakesTurnsBetweenPipelinesAndOneRequestOfEachAtATime) {
  for (const char* id : {"a", "b", "c"}) submit(id);
  submit("x", "boston");
  submit("d", "realty", 5);
  submit("unknown", "iris");
  EXPECT_EQ(claimed(), "realty/d") << "by priority";
  EXPECT_EQ(claimed(), "boston/x");
  EXPECT_EQ(claimed(), "none") << "both are busy, and nobody announced iris";
  queue().finish(claim_of(*queue().find("realty", "d")), success());
  queue().finish(claim_of(*queue().find("boston", "x")), success());
  submit("y", "boston");
  EXPECT_EQ(claimed(), "realty/a") << "whose turn was longest ago";
  EXPECT_EQ(claimed(), "boston/y");
  EXPECT_EQ(claimed(), "none");
}

TEST_P(QueueBehaviour, RunsWhatChangesNothingBesideARun) {
  submit("a");
  NewRequest drift = new_request("look");
  drift.kind = RequestKind::kDrift;
  queue().submit(drift);
  EXPECT_EQ(claimed(), "realty/a");
  EXPECT_EQ(claimed(), "realty/look");
}

TEST_P(QueueBehaviour, TakesARequestOverFromADeadRunner) {
  submit("a");
  const RunRequest lost = queue().claim("runner", kNoLease_ms).value();
  queue().announce("other", {card_of("realty")});
  const RunRequest taken = queue().claim("other", kLease_ms).value();
  EXPECT_EQ(taken.id, "a");
  EXPECT_EQ(taken.deaths, 1);
  EXPECT_FALSE(queue().finish(claim_of(lost), success())) << "it is another's now";
  EXPECT_FALSE(queue().report(claim_of(lost), {"train", 0.5, ""}));
  EXPECT_FALSE(queue().put_back(claim_of(lost), 0));
  EXPECT_THAT(queue().renew({claim_of(lost)}, kLease_ms), IsEmpty());
  EXPECT_TRUE(queue().finish(claim_of(taken), success()));
}

TEST_P(QueueBehaviour, EndsWhatKillsItsRunners) {
  submit("a");
  for (int i = 0; i < kMaxDeaths; ++i) ASSERT_TRUE(queue().claim("runner", kNoLease_ms));
  EXPECT_EQ(claimed(), "none");
  const RunRequest ended = queue().find("realty", "a").value();
  EXPECT_EQ(ended.state, RequestState::kFailed);
  EXPECT_EQ(ended.end.error_code, "runner-died");
}

TEST_P(QueueBehaviour, KeepsProgressAndTheEnd) {
  submit("a");
  const Claim claim = claim_of(queue().claim("runner", kLease_ms).value());
  EXPECT_TRUE(queue().report(claim, {"train", 0.25, "round 30"}));
  RunRequest now = queue().find("realty", "a").value();
  EXPECT_EQ(now.progress.step, "train");
  EXPECT_EQ(now.progress.fraction, 0.25);
  EXPECT_EQ(now.progress.message, "round 30");
  EXPECT_TRUE(queue().finish(claim, success()));
  now = queue().find("realty", "a").value();
  EXPECT_EQ(now.state, RequestState::kSucceeded);
  EXPECT_EQ(now.end.outcome, "promoted");
  EXPECT_EQ(now.end.sentence, "It won.");
  EXPECT_EQ(now.end.result, (json::object{{"mae", 0.5}}));
  EXPECT_FALSE(queue().finish(claim, success())) << "it has ended";
  EXPECT_EQ(code_of([&] {
              queue().finish(claim, {RequestState::kRunning, "", "", "", "", {}});
            }),
            ErrorCode::kInvalidArgument);
}

TEST_P(QueueBehaviour, CancelsAtOnceOrTellsTheRunner) {
  submit("a");
  submit("b");
  const Claim claim = claim_of(queue().claim("runner", kLease_ms).value());
  EXPECT_EQ(queue().cancel("realty", "b").state, RequestState::kCancelled);
  EXPECT_EQ(queue().cancel("realty", "a").state, RequestState::kRunning);
  const auto held = queue().renew({claim}, kLease_ms);
  ASSERT_EQ(held.size(), 1U);
  EXPECT_TRUE(held[0].cancelling);
  EXPECT_TRUE(queue().put_back(claim, 0)) << "what is being cancelled ends instead";
  EXPECT_EQ(queue().find("realty", "a")->state, RequestState::kCancelled);
  EXPECT_EQ(code_of([&] { queue().cancel("realty", "c"); }), ErrorCode::kNotFound);
}

TEST_P(QueueBehaviour, PutsBackForAWhile) {
  submit("a");
  EXPECT_TRUE(queue().put_back(claim_of(queue().claim("runner", kLease_ms).value()), 60'000));
  EXPECT_EQ(claimed(), "none");
  EXPECT_EQ(queue().find("realty", "a")->state, RequestState::kQueued);
}

TEST_P(QueueBehaviour, RunsAFailedRequestAgainWhenAsked) {
  submit("a");
  const auto fail = [&] {
    queue().finish(claim_of(queue().claim("runner", kLease_ms).value()),
                   {RequestState::kFailed, "failed", "no source", "source-unavailable", "ingest", {}});
  };
  fail();
  NewRequest later = new_request("a");
  EXPECT_EQ(queue().submit(later).how, Submitted::kRepeated);
  later.attempt = 2;
  EXPECT_EQ(queue().submit(later).how, Submitted::kTriedAgain);
  fail();
  EXPECT_EQ(queue().submit(later).how, Submitted::kRepeated) << "the same try";
  EXPECT_EQ(queue().retry("realty", "a").state, RequestState::kQueued);
  EXPECT_EQ(queue().find("realty", "a")->attempt, 3);
}

TEST_P(QueueBehaviour, ListsByStateKindAndPage) {
  for (const char* id : {"a", "b", "c"}) submit(id);
  queue().cancel("realty", "b");
  const auto ids = [&](const RequestFilter& filter) {
    std::vector<std::string> found;
    for (const auto& request : queue().list(filter)) found.push_back(request.id);
    return found;
  };
  EXPECT_THAT(ids({"realty", {}, {}, {}, 2}), ElementsAre("c", "b"));
  EXPECT_THAT(ids({"realty", {}, {}, queue().find("realty", "b")->number, 2}), ElementsAre("a"));
  EXPECT_THAT(ids({"realty", RequestState::kQueued, RequestKind::kRun, {}, 9}), ElementsAre("c", "a"));
  EXPECT_THAT(ids({"realty", {}, RequestKind::kDrift, {}, 9}), IsEmpty());
}

TEST_P(QueueBehaviour, KnowsPipelinesByWhatRunnersTell) {
  queue().announce("runner", {card_of("realty")});
  const auto cards = queue().pipelines();
  ASSERT_EQ(cards.size(), 1U);
  EXPECT_EQ(cards[0].name, "realty");
  EXPECT_EQ(cards[0].max_queued, 7);
  EXPECT_THAT(cards[0].parameters, ElementsAre("day"));
  EXPECT_GT(cards[0].seen_ms, 1'600'000'000'000);
  EXPECT_TRUE(cards[0].has_runner);
  queue().withdraw("runner");
  ASSERT_EQ(queue().pipelines().size(), 1U) << "requests may still wait for it";
  EXPECT_EQ(queue().pipelines()[0].seen_ms, 0);
  EXPECT_FALSE(queue().pipelines()[0].has_runner);
}

TEST_P(QueueBehaviour, TellsEachStateOnce) {
  submit("a");
  submit("a");
  const Claim claim = claim_of(queue().claim("runner", kLease_ms).value());
  queue().report(claim, {"train", 0.5, ""});
  queue().report(claim, {"train", 0.6, ""});
  queue().finish(claim, success());
  EXPECT_THAT(told(), ElementsAre("queued a", "started a", "step a", "succeeded a"));
  const auto events = queue().events({});
  EXPECT_EQ(events.back().pipeline, "realty");
  EXPECT_EQ(events.back().data.at("outcome").as_string(), "promoted");
  EXPECT_EQ(queue().last_event(), events.back().number);
  EXPECT_EQ(queue().events({events[0].number, "", {"succeeded"}, 5}).size(), 1U);
  EXPECT_EQ(queue().events({0, "boston", {}, 5}).size(), 0U);
  EXPECT_EQ(queue().events({0, "", {}, 2}).size(), 2U);
}

TEST_P(QueueBehaviour, TellsWhatARunEndedWithInTheSameTransaction) {
  store().start_run("realty", "r1");
  Event promoted;
  promoted.kind = "promoted";
  promoted.pipeline = "realty";
  promoted.run_id = "r1";
  promoted.data = {{"version", 3}};
  store().finish_run("r1", RunState::kSucceeded, "promoted", "It won.", nullptr, {promoted});
  EXPECT_THAT(told(), ElementsAre("promoted r1"));
  EXPECT_EQ(code_of([&] { store().finish_run("r2", RunState::kSucceeded, "promoted", "", nullptr, {promoted}); }),
            ErrorCode::kNotFound);
  EXPECT_THAT(told(), ElementsAre("promoted r1"));
}

TEST_P(QueueBehaviour, KeepsTheLog) {
  submit("a");
  queue().append_log("realty", "a", {{0, 5, "info", "begun"}, {0, 6, "warning", kOddText}});
  queue().append_log("realty", "b", {{0, 7, "info", "another's"}});
  const auto lines = queue().log("realty", "a", 0, 10);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].text, kOddText);
  EXPECT_EQ(lines[1].level, "warning");
  EXPECT_EQ(lines[1].time_ms, 6);
  EXPECT_EQ(queue().log("realty", "a", lines[0].number, 10).size(), 1U);
}

TEST_P(QueueBehaviour, ForgetsWhatIsOldALittleAtATime) {
  for (const char* id : {"a", "b"}) {
    submit(id);
    queue().append_log("realty", id, std::vector<LogLine>(10, {0, 5, "info", "said"}));
    queue().finish(claim_of(queue().claim("runner", kLease_ms).value()), success());
  }
  submit("runs");
  queue().append_log("realty", "runs", {{0, 5, "info", "said"}});
  ASSERT_TRUE(queue().claim("runner", kLease_ms));
  submit("waits");
  const int64_t last = queue().last_event(), later_ms = now_ms() + 60'000;
  EXPECT_FALSE(queue().forget_before(1000, 100)) << "nothing is so old";
  EXPECT_EQ(queue().forgotten_events(), 0);
  EXPECT_EQ(told().size(), 9U);

  ASSERT_TRUE(queue().forget_before(later_ms, 3));
  EXPECT_EQ(told().size(), 6U);
  EXPECT_EQ(queue().forgotten_events(), queue().events({}).front().number - 1);
  EXPECT_EQ(queue().log("realty", "a", 0, 100).size(), 10U);
  int rounds = 1;
  while (queue().forget_before(later_ms, 3)) ++rounds;
  EXPECT_GE(rounds, 9) << "5 events, 20 lines and 2 requests";
  EXPECT_THAT(told(), ElementsAre("queued waits")) << "the newest stays";
  EXPECT_FALSE(queue().find("realty", "a"));
  EXPECT_FALSE(queue().find("realty", "b"));
  EXPECT_THAT(queue().log("realty", "a", 0, 100), IsEmpty());
  EXPECT_EQ(queue().find("realty", "runs")->state, RequestState::kRunning);
  EXPECT_EQ(queue().log("realty", "runs", 0, 100).size(), 1U);
  EXPECT_EQ(queue().find("realty", "waits")->state, RequestState::kQueued);

  reopen();
  EXPECT_EQ(queue().forgotten_events(), last - 1);
  EXPECT_EQ(submit("a").state, RequestState::kQueued);
  EXPECT_GT(queue().last_event(), last) << "numbers go on";
  EXPECT_EQ(queue().events({0, "", {}, 10}).front().number, last);
}

TEST_P(QueueBehaviour, KeepsWhatEndedLately) {
  submit("a");
  const int64_t asked_ms = queue().find("realty", "a")->asked_ms;
  while (now_ms() <= asked_ms + 1) std::this_thread::yield();
  const int64_t between_ms = now_ms();
  queue().finish(claim_of(queue().claim("runner", kLease_ms).value()), success());
  EXPECT_FALSE(queue().forget_before(between_ms, 100));
  EXPECT_TRUE(queue().find("realty", "a")) << "asked for before, ended since";
  EXPECT_THAT(told(), ElementsAre("started a", "succeeded a"));
}

TEST_P(QueueBehaviour, TellsTheLastLinesOfALog) {
  submit("a");
  queue().append_log("realty", "a", {{0, 5, "info", "1"}, {0, 6, "info", "2"}, {0, 7, "info", "3"}});
  const auto lines = queue().last_log("realty", "a", 2);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].text, "2");
  EXPECT_EQ(lines[1].text, "3");
}

/// A reader that goes on after the last number it saw gets every event, while many write.
TEST_P(QueueBehaviour, HidesNoEventFromAReaderThatFollows) {
  constexpr int kWriters = 4, kEach = 25;
  std::atomic<int> writing = kWriters;
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kEach; ++i)
        queue().tell({0, 0, "promoted", "realty", std::to_string(writer) + "." + std::to_string(i), {}});
      --writing;
    });
  std::set<std::string> seen;
  int64_t after = 0;
  for (bool last = false; !last;) {
    last = writing == 0;
    for (const auto& event : queue().events({after, "", {}, 7})) {
      seen.insert(event.run_id);
      after = event.number;
      last = false;
    }
  }
  EXPECT_EQ(seen.size(), size_t{kWriters * kEach});
}

/// Runners that take, die, come back and end requests in any order: no pipeline ever has two running, and all end.
TEST_P(QueueBehaviour, HasOneRunningRequestOfAPipelineWhateverRunnersDo) {
  constexpr int kRunners = 3, kRequests = 24;
  for (int i = 0; i < kRequests; ++i) submit(std::to_string(i), i % 2 == 0 ? "realty" : "boston");
  std::vector<std::jthread> runners;
  std::map<std::string, std::atomic<int>> running;
  running["realty"] = 0;
  running["boston"] = 0;
  std::atomic<int> ended = 0, worst = 0;
  for (int number = 0; number < kRunners; ++number)
    runners.emplace_back([&, number] {
      std::mt19937 random(static_cast<unsigned>(number));
      const std::string name = "runner " + std::to_string(number);
      queue().announce(name, {card_of("realty"), card_of("boston")});
      while (ended < kRequests) {
        const auto request = queue().claim(name, kLease_ms);
        if (!request) continue;
        worst = std::max<int>(worst, ++running[request->pipeline]);
        --running[request->pipeline];
        if (random() % 3 == 0)
          queue().put_back(claim_of(*request), 0);
        else
          ended += queue().finish(claim_of(*request), success());
      }
    });
  runners.clear();
  EXPECT_EQ(worst, 1);
  for (const char* pipeline : {"realty", "boston"})
    EXPECT_EQ(queue().list({pipeline, RequestState::kSucceeded, {}, {}, 100}).size(), size_t{kRequests / 2});
}

}  // namespace

}  // namespace veleta
