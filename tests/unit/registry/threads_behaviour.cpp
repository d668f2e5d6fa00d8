#include <atomic>
#include <barrier>
#include <set>
#include <thread>

#include "registry_behaviour.hpp"

// Several threads, and several hosts, at once.
namespace veleta {
namespace {

using ::testing::ElementsAreArray;
using ::testing::SizeIs;

constexpr int kThreadCount = 6;

/// Runs work(0), work(1), … in threads that begin together. What one throws fails the test.
void together(int thread_count, const std::function<void(int)>& work) {
  std::barrier begin(thread_count);
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i)
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();
      try {
        work(i);
      } catch (const std::exception& error) {
        ADD_FAILURE() << "thread " << i << ": " << error.what();
      }
    });
  for (auto& thread : threads) thread.join();
}

std::vector<int> counted(int last) {
  std::vector<int> numbers;
  for (int i = 1; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

TEST_P(RegistryBehaviour, LetsOneOfSeveralPromotionsWin) {
  constexpr int kRounds = 12;
  for (int i = 0; i <= kThreadCount; ++i) new_version(model_);
  std::vector<std::unique_ptr<Registry>> hosts;
  for (int i = 0; i < kThreadCount; ++i) hosts.push_back(open_registry(uri_));

  int champion = 0;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::optional<int> expected = champion ? std::optional(champion) : std::nullopt;
    std::vector<int> challengers;
    for (int version = 1; version <= kThreadCount + 1; ++version)
      if (version != champion) challengers.push_back(version);
    std::vector<int> won(kThreadCount);
    together(kThreadCount, [&](int i) {
      const auto place = static_cast<size_t>(i);
      won[place] = hosts[place]->move_alias(model_, kProductionAlias, challengers[place], expected);
    });
    ASSERT_EQ(std::count(won.begin(), won.end(), 1), 1);
    champion = challengers[static_cast<size_t>(std::find(won.begin(), won.end(), 1) - won.begin())];
    ASSERT_EQ(aliased(), champion);
    for (const auto& version : registry().list_versions(model_))
      ASSERT_EQ(version.aliases.size(), version.version == champion ? 1U : 0U) << "version " << version.version;
  }
}

TEST_P(RegistryBehaviour, LosesNoPromotionOfHostsThatTryAgain) {
  constexpr int kHosts = 3, kMovesEach = 5;
  for (int i = 0; i <= kHosts * kMovesEach; ++i) new_version(model_);
  ASSERT_TRUE(move(1, std::nullopt));
  // Each host moves the alias one version on, from wherever it is: a move that another one overwrote would be missing.
  together(kHosts, [&](int) {
    const auto host = open_registry(uri_);
    for (int moves = 0; moves < kMovesEach;) {
      const int current = host->version_by_alias(model_, kProductionAlias)->version;
      moves += host->move_alias(model_, kProductionAlias, current + 1, current);
    }
  });
  EXPECT_EQ(aliased(), kHosts * kMovesEach + 1);
}

TEST_P(RegistryBehaviour, AlwaysHasAVersionServingWhileTheAliasMoves) {
  constexpr int kMoves = 20;
  for (int i = 0; i < 2; ++i) new_version(model_);
  ASSERT_TRUE(move(1, std::nullopt));
  std::atomic<bool> moving{true};
  together(3, [&](int i) {
    if (i == 0) {
      for (int n = 0; n < kMoves; ++n) EXPECT_TRUE(move(2 - n % 2, 1 + n % 2)) << n;
      moving = false;
    } else {
      do {
        const auto serving = registry().version_by_alias(model_, kProductionAlias);
        ASSERT_TRUE(serving);
        EXPECT_EQ(serving->model, model_);
        EXPECT_TRUE(serving->version == 1 || serving->version == 2) << serving->version;
      } while (moving);
    }
  });
}

TEST_P(RegistryBehaviour, StartsOneRunOfAKeyThatSeveralThreadsCreate) {
  constexpr int kKeys = 4;
  std::vector<std::set<std::string>> ids(kKeys);
  std::mutex mutex;
  together(kThreadCount, [&](int i) {
    for (int key = 0; key < kKeys; ++key) {
      const auto run = registry().create_run(experiment_, std::to_string(key), "by " + std::to_string(i), {});
      const std::lock_guard lock(mutex);
      ids[static_cast<size_t>(key)].insert(run.id);
    }
  });
  EXPECT_THAT(ids, ::testing::Each(SizeIs(1)));
  EXPECT_THAT(registry().list_runs(experiment_), SizeIs(kKeys));
}

TEST_P(RegistryBehaviour, CountsVersionsThatSeveralHostsCreate) {
  constexpr int kEach = 3;
  std::map<int, std::string> run_of_version;
  std::mutex mutex;
  together(kThreadCount, [&](int i) {
    const auto host = open_registry(uri_);
    for (int n = 0; n < kEach; ++n) {
      const std::string key = std::to_string(i) + "." + std::to_string(n);
      const std::string run = host->create_run(experiment_, key, "run " + key, {}).id;
      const int version = host->create_version(model_, run, kFiles, "", {}).version;
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(run_of_version.emplace(version, run).second) << "version " << version << " twice";
    }
  });
  std::vector<int> numbers;
  for (const auto& [version, run] : run_of_version) {
    numbers.push_back(version);
    EXPECT_EQ(registry().get_version(model_, version).run_id, run);
  }
  EXPECT_THAT(numbers, ElementsAreArray(counted(kThreadCount * kEach)));
}

TEST_P(RegistryBehaviour, MakesOneVersionOfARunThatSeveralThreadsRegister) {
  const std::string run = new_run();
  std::vector<int> versions(kThreadCount);
  together(kThreadCount, [&](int i) {
    versions[static_cast<size_t>(i)] = registry().create_version(model_, run, kFiles, "", {}).version;
  });
  EXPECT_THAT(versions, ::testing::Each(1));
  EXPECT_EQ(new_version(model_), 2);
}

TEST_P(RegistryBehaviour, KeepsWhatSeveralThreadsLogToOneRun) {
  constexpr int kPoints = 20;
  const std::string run = new_run();
  together(kThreadCount, [&](int i) {
    const std::string name = "learner" + std::to_string(i);
    for (int step = 0; step < kPoints; step += 10) {
      std::vector<MetricPoint> points;
      for (int n = step; n < step + 10; ++n) points.push_back({name, n * 1.5, n, 1'700'000'000'000});
      registry().log_metrics(run, points);
    }
    registry().log_params(run, {{name, "1"}, {"shared", "same"}});
    registry().set_tags(run, {{name, "1"}});
    registry().put_artifact(run, "model/" + name, name);
  });
  const TrackedRun found = registry().get_run(run);
  EXPECT_THAT(found.params, SizeIs(kThreadCount + 1));
  for (int i = 0; i < kThreadCount; ++i) {
    const std::string name = "learner" + std::to_string(i);
    EXPECT_THAT(registry().metric_history(run, name), SizeIs(kPoints));
    EXPECT_EQ(found.metrics.at(name), (kPoints - 1) * 1.5);
    EXPECT_EQ(found.tags.count(name), 1U);
    EXPECT_EQ(registry().get_artifact(run, "model/" + name), name);
  }
  EXPECT_THAT(registry().list_artifacts(run, "model"), SizeIs(kThreadCount));
}

}  // namespace
}  // namespace veleta
