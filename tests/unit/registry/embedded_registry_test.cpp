#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "registry_behaviour.hpp"
#include "sql/sql.hpp"

// What the embedded registry alone promises: its files, and its calls whole in spite of other processes and kills.
namespace veleta {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

class EmbeddedRegistryFile : public ::testing::Test {
 protected:
  ~EmbeddedRegistryFile() override { fs::remove_all(folder_); }

  std::unique_ptr<Registry> open() const { return open_registry("sqlite:///" + path().string()); }
  fs::path path() const { return folder_ / "var" / "veleta.db"; }
  fs::path artifacts() const { return path().string() + ".artifacts"; }

  static std::string new_run(Registry& registry) { return registry.create_run("realty", new_id(), "a run", {}).id; }
  static ModelVersion new_version(Registry& registry) {
    return registry.create_version("realty", new_run(registry), kFiles, "", {});
  }

  /// Changes the file behind the registry's back.
  template <typename... Values>
  void change(const std::string& sql, const Values&... values) const {
    sql::open_sqlite(path(), sql::SqliteAccess::kReadWrite)->run(sql, values...);
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-registry-" + new_id());
};

/// Runs `work` in a process of its own, which ends with status 1 where it throws.
pid_t in_process(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

int status_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

/// Runs `work` in a process of its own and kills it `delay` after it says that it begins, unless it ends before.
void kill_during(const std::function<void(const std::function<void()>& begin)>& work, std::chrono::microseconds delay) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child =
      in_process([&] { work([&] { [[maybe_unused]] const auto written = ::write(pipe_ends[1], "b", 1); }); });
  ASSERT_GT(child, 0);
  ::close(pipe_ends[1]);
  char begun = 0;
  EXPECT_EQ(::read(pipe_ends[0], &begun, 1), 1);
  std::this_thread::sleep_for(delay);
  ::kill(child, SIGKILL);
  const int status = status_of(child);
  ::close(pipe_ends[0]);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}

TEST_F(EmbeddedRegistryFile, KeepsArtifactsAsFilesBesideTheDatabase) {
  const auto registry = open();
  const std::string run = new_run(*registry);
  registry->put_artifact(run, "model/card.json", "{}");
  registry->put_artifact(run, "empty", "");
  EXPECT_TRUE(fs::exists(path()));
  EXPECT_TRUE(fs::is_regular_file(artifacts() / run / "model" / "card.json"));
  EXPECT_EQ(registry->get_artifact(run, "empty"), "");
  EXPECT_EQ(registry->get_run(run).artifact_uri, "file://" + (artifacts() / run).string());
  EXPECT_EQ(registry->create_version("realty", run, kFiles, "", {}).source,
            "file://" + (artifacts() / run / "model").string());
}

TEST_F(EmbeddedRegistryFile, StaysWhereItWasOpenedWhenTheWorkingFolderChanges) {
  const fs::path before = fs::current_path();
  fs::create_directories(folder_ / "elsewhere");
  fs::current_path(folder_);
  const auto registry = open_registry("sqlite:///veleta.db");
  fs::current_path(folder_ / "elsewhere");
  const std::string run = new_run(*registry);
  registry->put_artifact(run, "card.json", "{}");
  fs::current_path(before);
  EXPECT_EQ(registry->get_artifact(run, "card.json"), "{}");
  EXPECT_TRUE(fs::is_empty(folder_ / "elsewhere"));
}

TEST_F(EmbeddedRegistryFile, RefusesAFileOfANewerProgram) {
  open();
  change("INSERT INTO schema_versions VALUES ('registry', 99, '2030-01-01T00:00:00.000Z')");
  const Error error = error_of([&] { open(); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(error.what(), AllOf(HasSubstr(path().string()), HasSubstr("99")));
}

TEST_F(EmbeddedRegistryFile, RefusesWhatIsNoDatabaseOfIts) {
  fs::create_directories(path().parent_path());
  std::ofstream(path()) << std::string(2000, 'x');
  EXPECT_EQ(code_of([&] { open(); }), ErrorCode::kBadData);
  for (const char* uri : {"", "ftp://mlflow:5000", "postgresql://localhost/veleta", "sqlite:///"})
    EXPECT_EQ(code_of([&] { open_registry(uri); }), ErrorCode::kInvalidArgument) << uri;
}

TEST_F(EmbeddedRegistryFile, ReadsNothingOutsideTheFoldersOfRuns) {
  const auto registry = open();
  const std::string run = new_run(*registry), other = new_run(*registry);
  registry->put_artifact(run, "card.json", "{}");
  registry->put_artifact(other, "secret.json", "{}");
  for (const std::string& id : {std::string(".."), "../veleta.db.artifacts/" + run, run + "/", run + "/../" + other,
                                std::string("."), path().parent_path().string()}) {
    for (const char* file : {"veleta.db", "card.json", "secret.json"})
      EXPECT_EQ(code_of([&] { registry->get_artifact(id, file); }), ErrorCode::kNotFound) << id;
    EXPECT_EQ(code_of([&] { registry->list_artifacts(id); }), ErrorCode::kNotFound) << id;
    EXPECT_EQ(code_of([&] { registry->put_artifact(id, "planted", "x"); }), ErrorCode::kNotFound) << id;
  }
  EXPECT_FALSE(fs::exists(path().parent_path() / "planted"));
  EXPECT_FALSE(fs::exists(artifacts() / "planted"));
  EXPECT_THAT(registry->list_artifacts(run), ElementsAre("card.json"));
}

TEST_F(EmbeddedRegistryFile, ReadsNothingElseForAPathThatSomebodyWroteIntoTheDatabase) {
  const auto registry = open();
  const ModelVersion version = new_version(*registry);
  for (const std::string artifact_path : {"../..", "/etc", "model/../../.."}) {
    change("UPDATE model_versions SET artifact_path = ?", artifact_path);
    EXPECT_EQ(code_of([&] { registry->version_files(version); }), ErrorCode::kInvalidArgument) << artifact_path;
  }
}

TEST_F(EmbeddedRegistryFile, GivesAllFilesOfTheRunOfAVersionThatHasNoFolder) {
  const auto registry = open();
  const ModelVersion version = new_version(*registry);
  registry->put_artifact(version.run_id, "x", "y");
  change("UPDATE model_versions SET artifact_path = ''");
  EXPECT_THAT(registry->version_files(version), ElementsAre(Pair("model/card.json", "{}"), Pair("x", "y")));
  EXPECT_EQ(registry->get_version("realty", 1).source, "file://" + (artifacts() / version.run_id).string());
}

TEST_F(EmbeddedRegistryFile, LeavesNoFileOfACallThatWasKilledAmongThoseOfTheVersion) {
  const auto registry = open();
  const std::string run = new_run(*registry);
  registry->put_artifact(run, "model/old/learner.bin", "x");
  registry->put_artifact(run, "model2/x", "y");
  EXPECT_EQ(registry->version_files(registry->create_version("realty", run, kFiles, "", {})), kFiles);
  EXPECT_THAT(registry->list_artifacts(run), ElementsAre("model/card.json", "model2/x"));
}

TEST_F(EmbeddedRegistryFile, TellsFilesThatSomebodyDeleted) {
  const auto registry = open();
  const ModelVersion version = new_version(*registry);
  fs::remove_all(artifacts());
  const Error error = error_of([&] { registry->version_files(version); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr((artifacts() / version.run_id / "model").string()));
  EXPECT_EQ(code_of([&] { registry->get_artifact(version.run_id, "model/card.json"); }), ErrorCode::kNotFound);
  EXPECT_THAT(registry->list_artifacts(version.run_id), SizeIs(0));
}

TEST_F(EmbeddedRegistryFile, RefusesAFileWhereAFolderIsAndBelowAFile) {
  const auto registry = open();
  const std::string run = new_run(*registry);
  registry->put_artifact(run, "model/card.json", "{}");
  for (const std::string file : {"model", "model/card.json/x", "model/card.json/x/y"}) {
    const Error error = error_of([&] { registry->put_artifact(run, file, "x"); });
    EXPECT_EQ(error.code(), ErrorCode::kConflict);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'" + file + "'"), HasSubstr((artifacts() / run).string())));
  }
  EXPECT_THAT(registry->list_artifacts(run), ElementsAre("model/card.json"));
}

TEST_F(EmbeddedRegistryFile, TellsAFolderThatCannotBeWritten) {
  const auto registry = open();
  const std::string run = new_run(*registry);
  std::ofstream(artifacts().string()) << "in the way";
  const Error error = error_of([&] { registry->put_artifact(run, "card.json", "{}"); });
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("'card.json'"), HasSubstr(artifacts().string())));
}

TEST_F(EmbeddedRegistryFile, ShowsAnArtifactThatIsReplacedAsOneOrTheOther) {
  const auto registry = open();
  const std::string run = new_run(*registry);
  const std::string texts[] = {std::string(200'000, 'a'), std::string(300'000, 'b')};
  registry->put_artifact(run, "card.json", texts[0]);
  std::atomic<bool> writing{true};
  std::thread writer([&] {
    for (size_t i = 1; i <= 20; ++i) registry->put_artifact(run, "card.json", texts[i % 2]);
    writing = false;
  });
  do {
    const std::string found = registry->get_artifact(run, "card.json");
    EXPECT_TRUE(found == texts[0] || found == texts[1]) << found.size() << " bytes";
    EXPECT_THAT(registry->list_artifacts(run), ElementsAre("card.json"));
  } while (writing);
  writer.join();
}

TEST_F(EmbeddedRegistryFile, StartsOneRunOfAKeyThatSeveralProcessesCreate) {
  open();
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i)
    children.push_back(in_process([&] {
      const auto registry = open();
      for (int key = 0; key < 10; ++key) {
        const auto run = registry->create_run("realty", std::to_string(key), "a run", {{"by", std::to_string(i)}});
        registry->create_version("realty", run.id, kFiles, "", {});
      }
    }));
  for (const pid_t child : children) EXPECT_EQ(status_of(child), 0);
  const auto registry = open();
  std::set<std::string> runs;
  for (const auto& run : registry->list_runs("realty")) runs.insert(run.id);
  EXPECT_THAT(runs, SizeIs(10));
  const auto versions = registry->list_versions("realty");
  ASSERT_THAT(versions, SizeIs(10));
  for (size_t i = 0; i < versions.size(); ++i) {
    EXPECT_EQ(versions[i].version, static_cast<int>(versions.size() - i));
    EXPECT_EQ(runs.erase(versions[i].run_id), 1U);
  }
}

TEST_F(EmbeddedRegistryFile, LosesNoPromotionOfSeveralProcesses) {
  constexpr int kProcesses = 3, kMovesEach = 10;
  {
    const auto registry = open();
    for (int i = 0; i <= kProcesses * kMovesEach; ++i) new_version(*registry);
    ASSERT_TRUE(registry->move_alias("realty", kProductionAlias, 1, std::nullopt));
  }
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i)
    children.push_back(in_process([&] {
      const auto registry = open();
      for (int moves = 0; moves < kMovesEach;) {
        const int current = registry->version_by_alias("realty", kProductionAlias)->version;
        moves += registry->move_alias("realty", kProductionAlias, current + 1, current);
      }
    }));
  for (const pid_t child : children) EXPECT_EQ(status_of(child), 0);
  EXPECT_EQ(open()->version_by_alias("realty", kProductionAlias)->version, kProcesses * kMovesEach + 1);
}

/// What the register and promote steps of a pipeline do.
void publish(Registry& registry, const std::string& key) {
  const TrackedRun run = registry.create_run("realty", key, key, {{"batch_id", key}});
  registry.log_params(run.id, {{"eta", "0.1"}, {"depth", "6"}});
  registry.log_metrics(run.id, {{"mae", 1, 0, 1'700'000'000'000}, {"rmse", 2, 0, 1'700'000'000'000}});
  std::map<std::string, std::string> files;
  for (const std::string name : {"card.json", "learner.bin"}) files[name] = "model/" + name + std::string(50'000, 'x');
  const int version = registry.create_version("realty", run.id, files, key, {{"digest", key}}).version;
  const auto champion = registry.version_by_alias("realty", kProductionAlias);
  if (champion && champion->version == version) return;
  registry.move_alias("realty", kProductionAlias, version, champion ? std::optional(champion->version) : std::nullopt);
}

TEST_F(EmbeddedRegistryFile, APublisherKilledLeavesWholeThingsAndGoesOnWhereItWas) {
  const auto begin = std::chrono::steady_clock::now();
  publish(*open(), "timed");
  const auto usual = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);

  std::mt19937_64 random(20261126);
  constexpr int kRounds = 15;
  for (int i = 0; i < kRounds; ++i) {
    const std::string key = std::to_string(i);
    kill_during(
        [&](const auto& say_begin) {
          const auto registry = open();
          say_begin();
          publish(*registry, key);
        },
        usual * static_cast<int>(random() % 120) / 100);
    const auto registry = open();
    for (const auto& run : registry->list_runs("realty")) {
      EXPECT_THAT(run.tags, SizeIs(1));
      EXPECT_TRUE(run.params.empty() || run.params.size() == 2);
      EXPECT_TRUE(run.metrics.empty() || run.metrics.size() == 2);
      for (const auto& file : registry->list_artifacts(run.id))
        EXPECT_EQ(registry->get_artifact(run.id, file), file + std::string(50'000, 'x'));
    }
    publish(*registry, key);
    const auto versions = registry->list_versions("realty");
    ASSERT_THAT(versions, SizeIs(i + 2));
    EXPECT_EQ(versions.front().version, i + 2);
    EXPECT_EQ(versions.front().tags.at("digest"), key);
    EXPECT_THAT(versions.front().aliases, ElementsAre(kProductionAlias));
    EXPECT_THAT(registry->version_files(versions.front()), SizeIs(2));
  }
  EXPECT_THAT(open()->list_runs("realty"), SizeIs(kRounds + 1));
}

}  // namespace
}  // namespace veleta
