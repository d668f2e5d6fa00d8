#include "model_holder.hpp"

#include <gmock/gmock.h>
#include <atomic>
#include <thread>

namespace veleta {
namespace {

using ::testing::HasSubstr;

ModelVersion version(int number) {
  ModelVersion made;
  made.model = "realty";
  made.version = number;
  return made;
}

/// A registry and a loader that do as they are told, and count.
struct FakeSource {
  std::optional<ModelVersion> production;
  std::string registry_error;
  int broken_version = 0;
  int loads = 0;
  std::vector<ReloadOutcome> observed;

  ModelHolder::Source source() {
    return {[this] {
              if (!registry_error.empty()) throw Error(ErrorCode::kUnavailable, registry_error);
              return production;
            },
            [this](const ModelVersion& wanted) {
              ++loads;
              if (wanted.version == broken_version) throw Error(ErrorCode::kBadData, "model/bundle.json is cut short");
              return ServedModel{wanted, "digest" + std::to_string(wanted.version), 1, nullptr};
            }};
  }
  ModelHolder::Observer observer() {
    return [this](const ReloadStatus& status, const ServedModel*) { observed.push_back(status.outcome); };
  }
};

TEST(ModelHolder, HasNoModelBeforeAVersionIsInProduction) {
  FakeSource fake;
  ModelHolder holder(fake.source(), fake.observer());
  EXPECT_EQ(holder.reload().outcome, ReloadOutcome::kNoVersion);
  EXPECT_EQ(holder.current(), nullptr);
  EXPECT_THAT(holder.status().problem, HasSubstr("'production'"));
  const HttpProblem problem = no_model(holder.status());
  EXPECT_EQ(problem.status(), 503);
  EXPECT_EQ(problem.headers().front().first, "Retry-After");
}

TEST(ModelHolder, SwapsWhenTheAliasMovesAndLoadsEachVersionOnce) {
  FakeSource fake;
  fake.production = version(1);
  ModelHolder holder(fake.source(), fake.observer());
  EXPECT_EQ(holder.reload().outcome, ReloadOutcome::kSwapped);
  EXPECT_EQ(holder.reload().outcome, ReloadOutcome::kUnchanged);
  EXPECT_EQ(fake.loads, 1);
  const auto old = holder.current();
  fake.production = version(2);
  EXPECT_EQ(holder.reload().outcome, ReloadOutcome::kSwapped);
  EXPECT_EQ(holder.current()->digest, "digest2");
  EXPECT_EQ(old->digest, "digest1") << "who holds the old model goes on with it";
  EXPECT_EQ(fake.observed, (std::vector{ReloadOutcome::kSwapped, ReloadOutcome::kSwapped}));
}

TEST(ModelHolder, RollsBack) {
  FakeSource fake;
  ModelHolder holder(fake.source(), fake.observer());
  for (const int number : {1, 2, 1}) {
    fake.production = version(number);
    holder.reload();
  }
  EXPECT_EQ(holder.current()->version.version, 1);
}

TEST(ModelHolder, KeepsTheOldModelWhenTheNewOneIsBroken) {
  FakeSource fake;
  fake.production = version(1);
  ModelHolder holder(fake.source(), fake.observer());
  holder.reload();
  fake.production = version(2);
  fake.broken_version = 2;
  const ReloadStatus status = holder.reload();
  EXPECT_EQ(status.outcome, ReloadOutcome::kFailed);
  EXPECT_EQ(status.version, 2);
  EXPECT_THAT(status.problem, HasSubstr("version 2 cannot be loaded: model/bundle.json is cut short"));
  EXPECT_EQ(holder.current()->version.version, 1);
  EXPECT_EQ(holder.status().problem, status.problem);
  EXPECT_EQ(fake.observed.back(), ReloadOutcome::kFailed);

  fake.broken_version = 0;
  EXPECT_EQ(holder.reload().outcome, ReloadOutcome::kSwapped);
  EXPECT_EQ(holder.status().problem, "");
}

TEST(ModelHolder, OutlivesARegistryThatCannotBeReached) {
  FakeSource fake;
  fake.production = version(1);
  ModelHolder holder(fake.source(), fake.observer());
  holder.reload();
  fake.registry_error = "connection refused";
  EXPECT_EQ(holder.reload().outcome, ReloadOutcome::kFailed);
  EXPECT_THAT(holder.status().problem, HasSubstr("connection refused"));
  EXPECT_EQ(holder.current()->version.version, 1);
}

TEST(ModelHolder, TakesOverANewDescriptionWithoutLoadingAgain) {
  FakeSource fake;
  fake.production = version(1);
  ModelHolder holder(fake.source(), fake.observer());
  holder.reload();
  fake.production->description = "promoted: MAE fell by 4 %";
  EXPECT_EQ(holder.reload().outcome, ReloadOutcome::kUnchanged);
  EXPECT_EQ(holder.current()->version.description, "promoted: MAE fell by 4 %");
  EXPECT_EQ(fake.loads, 1);
}

TEST(ModelHolder, FollowsTheAliasByItself) {
  std::atomic<int> production{1};
  ModelHolder holder({[&] { return version(production); },
                      [](const ModelVersion& wanted) {
                        return ServedModel{wanted, "digest", 1, nullptr};
                      }},
                     [](const ReloadStatus&, const ServedModel*) {});
  holder.follow(0.001);
  for (const int number : {1, 2, 3}) {
    production = number;
    while (!holder.current() || holder.current()->version.version != number) std::this_thread::yield();
  }
  holder.stop();
  production = 4;
  EXPECT_EQ(holder.current()->version.version, 3);
}

/// Waits until the holder has looked at the registry.
void await_look(const ModelHolder& holder, ReloadOutcome outcome) {
  while (holder.status().outcome != outcome) std::this_thread::yield();
}

TEST(ModelHolder, ServesWhatWasRecalledWhileTheRegistryIsAwayAndSaysSinceWhen) {
  std::atomic<bool> is_away{true};
  ModelHolder holder({[&]() -> std::optional<ModelVersion> {
                        if (is_away) throw Error(ErrorCode::kUnavailable, "connection refused");
                        return version(2);
                      },
                      [](const ModelVersion& wanted) {
                        return ServedModel{wanted, "loaded", 1, nullptr};
                      },
                      [] {
                        return std::pair(ServedModel{version(1), "recalled", 1, nullptr}, int64_t{1'700'000'000'000});
                      }},
                     [](const ReloadStatus&, const ServedModel*) {});
  holder.follow(0.001);
  await_look(holder, ReloadOutcome::kFailed);
  EXPECT_EQ(holder.current()->digest, "recalled");
  EXPECT_EQ(holder.status().confirmed_ms, 1'700'000'000'000);
  EXPECT_THAT(holder.status().problem, HasSubstr("connection refused"));
  is_away = false;
  await_look(holder, ReloadOutcome::kUnchanged);
  EXPECT_EQ(holder.current()->digest, "loaded");
  EXPECT_EQ(holder.status().confirmed_ms, holder.status().time_ms);
}

TEST(ModelHolder, KeepsTheTimeOfTheLastConfirmationThroughFailures) {
  FakeSource fake;
  fake.production = version(1);
  ModelHolder holder(fake.source(), fake.observer());
  const int64_t confirmed_ms = holder.reload().confirmed_ms;
  EXPECT_GT(confirmed_ms, 0);
  fake.registry_error = "connection refused";
  EXPECT_EQ(holder.reload().confirmed_ms, confirmed_ms);
  fake.registry_error.clear();
  fake.production.reset();
  EXPECT_EQ(holder.reload().confirmed_ms, confirmed_ms) << "nobody says that it is production any more";
}

TEST(ModelHolder, PausesBeforeItTriesABrokenVersionAgain) {
  std::atomic<int> looks{0}, loads{0};
  ModelHolder holder({[&] {
                        ++looks;
                        return version(1);
                      },
                      [&](const ModelVersion&) -> ServedModel {
                        ++loads;
                        throw Error(ErrorCode::kBadData, "broken");
                      }},
                     [](const ReloadStatus&, const ServedModel*) {});
  holder.follow(0.002);
  while (looks < 100) std::this_thread::yield();
  holder.stop();
  // Pauses of 2, 4, 8, … ms: a hundred looks 2 ms apart at least meet far fewer than half as many attempts.
  EXPECT_GE(loads, 2);
  EXPECT_LT(loads, 50);
}

TEST(ModelHolder, GivesReadersOneWholeModelWhileItSwaps) {
  std::atomic<int> production{1};
  ModelHolder holder({[&] { return version(production); },
                      [](const ModelVersion& wanted) {
                        return ServedModel{wanted, "digest" + std::to_string(wanted.version), 1, nullptr};
                      }},
                     [](const ReloadStatus&, const ServedModel*) {});
  holder.reload();
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader)
    readers.emplace_back([&] {
      while (!done) {
        const auto model = holder.current();
        ASSERT_EQ(model->digest, "digest" + std::to_string(model->version.version));
      }
    });
  for (int number = 2; number < 500; ++number) {
    production = number;
    holder.reload();
  }
  done = true;
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace veleta
