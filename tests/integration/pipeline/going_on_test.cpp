#include <gmock/gmock.h>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/files.hpp"
#include "programs.hpp"

namespace veleta::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr int kExitUnavailable = 3, kExitBadData = 6, kExitPlugin = 7, kExitConflict = 8, kExitPeerFailed = 9,
              kExitCancelled = 130;
const std::string kRidge = "[[learner]]\nplugin = \"ridge\"\n";

/// What `veleta run` does when a run before it did not end well. Batch 0 is decided on already.
class GoingOn : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipeline_.run().status, 0); }

  /// The pipeline's file with other learners or other sections; the one of before is back when it is written again.
  Pipeline with(const std::string& learners, const std::string& more = "") const {
    return Pipeline(folder_, api_.url(), learners, more);
  }

  void replace_in_config(const std::string& from, const std::string& to) const {
    std::string text = read_file(pipeline_.config());
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file_atomically(pipeline_.config(), text.replace(at, from.size(), to));
  }

  /// With the plugins that misbehave beside the others.
  Outcome run(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = with_bad_plugins(pipeline_.run_arguments(false));
    arguments.insert(arguments.end(), more.begin(), more.end());
    return pipeline_.veleta(arguments);
  }

  void expect_decided(const Outcome& outcome, const std::string& batch_id) const {
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(text_or_empty(outcome.last(), "batch_id"), batch_id) << outcome.output;
    EXPECT_EQ(text_or_empty(outcome.last(), "state"), "succeeded");
  }

  std::vector<std::string> decided_batches() const {
    std::vector<std::string> ids;
    for (const auto& decision : pipeline_.history()) ids.push_back(text_or_empty(decision.as_object(), "batch_id"));
    return ids;
  }

  Folder folder_;
  DataApi api_{folder_};
  Pipeline pipeline_{folder_, api_.url(), kRidge};
};

TEST_F(GoingOn, ARunThatWasTerminatedIsGoneOnWithBeforeAnotherBatchIsTaken) {
  with("[[learner]]\nplugin = \"bad_hang\"\n");
  Process run(binary("veleta"), with_bad_plugins(pipeline_.run_arguments(false)), folder_ / "run.log");
  while (run.is_running() && run.output().find("prepare") == std::string::npos)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  run.kill(SIGTERM);
  EXPECT_EQ(run.wait(), kExitCancelled) << run.output();
  EXPECT_EQ(pipeline_.query("select outcome, batch_id from runs where state = 'cancelled'"), "cancelled|1");

  with(kRidge);
  expect_decided(pipeline_.run(), "1");
  expect_decided(pipeline_.run(), "2");
  EXPECT_THAT(decided_batches(), ElementsAre("0", "1", "2"));
  EXPECT_EQ(pipeline_.query("select count(*) from runs"), "3");
}

TEST_F(GoingOn, ARunThatFailsThreeTimesByItselfIsGivenUpUntilAskedFor) {
  with("[[learner]]\nplugin = \"bad_crash\"\n");
  Outcome failed;
  for (const char* outcome : {"failed", "failed", "given_up"}) {
    failed = run();
    EXPECT_EQ(failed.status, kExitPlugin) << failed.output;
    EXPECT_EQ(text_or_empty(failed.last(), "batch_id"), "1");
    EXPECT_EQ(text_or_empty(failed.last(), "outcome"), outcome);
  }
  with(kRidge);
  expect_decided(pipeline_.run(), "2");
  EXPECT_THAT(pipeline_.veleta({"history", pipeline_.config().string()}).output, HasSubstr("given_up"));
  expect_decided(run({"--run-id", text_or_empty(failed.last(), "run_id")}), "1");
  EXPECT_THAT(decided_batches(), ElementsAre("0", "2", "1"));
  EXPECT_THAT(pipeline_.veleta({"history", pipeline_.config().string()}).output, Not(HasSubstr("given_up")));
}

TEST_F(GoingOn, ARunUnderANewIdWaitsForTheBatchTakenBefore) {
  with("[[learner]]\nplugin = \"bad_crash\"\n");
  ASSERT_EQ(run().status, kExitPlugin);
  with(kRidge);
  expect_decided(run({"--run-id", "tuesday"}), "2");
  EXPECT_THAT(decided_batches(), ElementsAre("0", "1", "2"));
}

TEST_F(GoingOn, ALearnerWhoseParametersWereChangedIsTrainedAgain) {
  const std::string xgboost = "[[learner]]\nplugin = \"xgboost\"\nmax_depth = 3\nrounds = ";
  const std::string crash = "\n[[learner]]\nplugin = \"bad_crash\"\n";
  with(xgboost + "2" + crash);
  ASSERT_EQ(run().status, kExitPlugin);
  with(xgboost + "9");
  expect_decided(pipeline_.run(), "1");
  EXPECT_EQ(pipeline_.query("select value from run_params where key = 'xgboost.rounds'"), "9");
  EXPECT_EQ(pipeline_.query("select max(step) from run_metrics where key like 'validation_%'"), "8");
}

/// Its first attempt was killed when batch 0's version was in the registry and that step was not recorded yet.
class CutOffRegistration : public GoingOn {
 protected:
  void SetUp() override {
    GoingOn::SetUp();
    pipeline_.query(
        "delete from steps where name in ('register', 'promote'); delete from decisions; delete from aliases;"
        "update version_tags set value = 'challenger' where key = 'status'; update runs set state = 'running';"
        "update tracked_runs set status = 'RUNNING', end_ms = 0");
  }

  std::string version_tag(int version, const std::string& key) const {
    return pipeline_.query("select value from version_tags where key = '" + key +
                           "' and version = " + std::to_string(version));
  }

  std::string recorded_digest() const {
    return pipeline_.query("select json_extract(record, '$.register.digest') from decisions");
  }

  void expect_a_version_of_its_own() const {
    const Outcome outcome = pipeline_.run();
    expect_decided(outcome, "0");
    EXPECT_EQ(pipeline_.query("select version from aliases"), "2");
    EXPECT_EQ(version_tag(2, "digest"), recorded_digest());
    EXPECT_EQ(version_tag(2, "status"), "promoted");
    EXPECT_NE(version_tag(1, "digest"), recorded_digest());
    EXPECT_EQ(version_tag(1, "status"), "left");
    EXPECT_THAT(pipeline_.query("select description from model_versions where version = 1"),
                HasSubstr("cut off; the run went on to version 2"));
    EXPECT_EQ(pipeline_.query("select status from tracked_runs order by start_ms"), "KILLED\nFINISHED");
    const Outcome again =
        pipeline_.veleta({"reproduce", pipeline_.config().string(), text_or_empty(outcome.last(), "run_id")});
    EXPECT_EQ(again.status, 0) << again.output;
  }
};

TEST_F(CutOffRegistration, IsGoneOnWithWhereNothingChanged) {
  expect_decided(pipeline_.run(), "0");
  EXPECT_EQ(pipeline_.query("select version from aliases"), "1");
  EXPECT_EQ(pipeline_.query("select version from model_versions"), "1");
  EXPECT_EQ(pipeline_.query("select status from tracked_runs"), "FINISHED");
  EXPECT_EQ(version_tag(1, "digest"), recorded_digest());
  EXPECT_EQ(version_tag(1, "status"), "promoted");
}

TEST_F(CutOffRegistration, MakesAnotherVersionWhereTheFeaturesWereChanged) {
  with(kRidge, "[features]\nmax_one_hot_levels = 0\n");
  expect_a_version_of_its_own();
}

TEST_F(CutOffRegistration, MakesAnotherVersionWhereTheLearnersParametersWereChanged) {
  with(kRidge + "lambda = 5\n");
  expect_a_version_of_its_own();

  const std::string archive = folder_ / "archive";
  EXPECT_EQ(pipeline_.veleta({"export", pipeline_.config().string(), archive}).status, 0);
  for (int section = 0; section < 2; ++section) replace_in_config("realty.db", "other.db");
  const Outcome imported = pipeline_.veleta({"import", pipeline_.config().string(), archive});
  EXPECT_EQ(imported.status, 0) << imported.output;
  EXPECT_THAT(imported.output, HasSubstr("2 tracked runs, 2 model versions"));
}

TEST_F(CutOffRegistration, RecordsTheDigestThatTheVersionHas) {
  pipeline_.query("update version_tags set value = 'of another release' where key = 'digest'");
  expect_decided(pipeline_.run(), "0");
  EXPECT_EQ(recorded_digest(), "of another release");
}

TEST_F(GoingOn, ARunTakenUpLaterRecordsTheWindowItTrainedOn) {
  with("[[learner]]\nplugin = \"bad_crash\"\n");
  Outcome failed;
  for (int attempt = 0; attempt < 3; ++attempt) failed = run();
  with(kRidge);
  expect_decided(pipeline_.run(), "2");
  expect_decided(run({"--run-id", text_or_empty(failed.last(), "run_id")}), "1");
  const json::value last = pipeline_.history().back();
  EXPECT_EQ(json::serialize(last.at_pointer("/record/prepare/batches")), R"(["0","1","2"])");
  EXPECT_EQ(std::to_string(last.at_pointer("/record/prepare/rows").to_number<int64_t>()),
            pipeline_.query("select count(*) from clean_realty"));
}

TEST_F(GoingOn, ARejectedBatchIsJudgedAgainWhenTheConfigIsMended) {
  replace_in_config("max_missing_share = 0.2", "max_missing_share = 0.2\nmax_target = 10");
  expect_decided(pipeline_.run(), "1");
  EXPECT_EQ(pipeline_.query("select state from batches where id = '1'"), "rejected");
  with(kRidge);
  expect_decided(run({"--batch", "1"}), "1");
  EXPECT_EQ(pipeline_.query("select state from batches where id = '1'"), "clean");
  EXPECT_THAT(decided_batches(), ElementsAre("0", "1", "1"));
  expect_decided(pipeline_.run(), "2");
}

TEST_F(GoingOn, ABatchThatIsNotDecidedOnOrNotThereIsNotJudgedAgain) {
  constexpr int kExitFailure = 1;
  with("[[learner]]\nplugin = \"bad_crash\"\n");
  ASSERT_EQ(run().status, kExitPlugin);
  const Outcome undecided = run({"--batch", "1"});
  EXPECT_EQ(undecided.status, kExitConflict) << undecided.output;
  EXPECT_THAT(undecided.output, HasSubstr("--run-id"));
  EXPECT_EQ(run({"--batch", "77"}).status, kExitFailure);
}

TEST_F(GoingOn, AnUnreadablePayloadIsAskedForOnceMoreAndThenPassedOver) {
  api_.misbehave("truncated&batch=1");
  EXPECT_EQ(run({"--run-id", "retried"}).status, kExitBadData);
  EXPECT_EQ(pipeline_.query("select count(*) from batches where state = 'rejected'"), "1");
  expect_decided(run({"--run-id", "retried"}), "2");
  EXPECT_EQ(pipeline_.history().size(), 3u);
}

TEST_F(GoingOn, ABatchThatAWrongConfigCouldNotReadIsTakenWhenItIsMended) {
  replace_in_config("batch_id = \"/batch_number\"", "batch_id = \"/number\"");
  for (int attempt = 0; attempt < 2; ++attempt) EXPECT_EQ(pipeline_.run().status, kExitBadData);
  with(kRidge);
  expect_decided(pipeline_.run(), "1");
}

/// The data API moves on with every call: a batch that was lost on its way comes again only when it starts over.
TEST_F(GoingOn, ALostBatchIsNotForgottenThoughTheNextRunCannotStartTheSourceOver) {
  const std::string restart = api_.url() + "/restart_data_generation", dead = "http://127.0.0.1:9/restart";
  api_.misbehave("drop", 1);
  EXPECT_EQ(run({"--run-id", "retried"}).status, kExitPeerFailed);
  replace_in_config(restart, dead);
  EXPECT_EQ(run({"--run-id", "retried"}).status, kExitUnavailable);
  EXPECT_EQ(pipeline_.run().status, kExitUnavailable);
  replace_in_config(dead, restart);
  expect_decided(run({"--run-id", "retried"}), "1");
}

TEST_F(GoingOn, ALostLastBatchIsNotTakenForTheEndOfTheData) {
  while (pipeline_.history().size() < 5) ASSERT_EQ(pipeline_.run().status, 0);
  api_.misbehave("drop", 1);
  EXPECT_EQ(pipeline_.run().status, kExitPeerFailed);
  EXPECT_EQ(text_or_empty(pipeline_.run().last(), "batch_id"), "5");
}

TEST_F(GoingOn, AnErrorOfTheServerBeforeTheEndOfTheDataIsLookedInto) {
  while (pipeline_.history().size() < 6) ASSERT_EQ(pipeline_.run().status, 0);
  api_.misbehave("500", 1);
  const Outcome end = pipeline_.run();
  EXPECT_EQ(text_or_empty(end.last(), "outcome"), "end_of_data");
  EXPECT_THAT(end.output, HasSubstr("the source starts over"));
  EXPECT_EQ(pipeline_.query("select count(*) from batches"), "6");
  EXPECT_THAT(pipeline_.run().output, Not(HasSubstr("starts over")));
}

TEST(RaceForProduction, AWinnerThatMeetsAnotherProductionModelIsRejected) {
  const Folder folder;
  const DataApi api(folder);
  const Pipeline pipeline(folder, api.url());
  ASSERT_EQ(pipeline.run().status, 0);
  ASSERT_EQ(text_or_empty(pipeline.run().last(), "outcome"), "promoted");
  // As if it had been killed before its last step, and somebody had made version 3 production since.
  const std::string last = "(select id from runs order by number desc limit 1)";
  pipeline.query(
      "delete from steps where name = 'promote' and run_id = " + last +
      "; delete from decisions where run_id = " + last + "; update runs set state = 'running' where id = " + last +
      "; insert into model_versions select model, 3, run_id || '-by-hand', artifact_path, 'by hand', created_ms"
      " from model_versions where version = 1; update aliases set version = 3");
  const Outcome outcome = pipeline.run();
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(text_or_empty(outcome.last(), "outcome"), "rejected");
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), HasSubstr("it beat version 1, but production was moved"));
  EXPECT_EQ(pipeline.query("select version from aliases"), "3");
  EXPECT_EQ(pipeline.query("select value from version_tags where version = 2 and key = 'status'"), "rejected");
  EXPECT_EQ(pipeline.query("select count(*) from tracked_runs where status <> 'FINISHED'"), "0");
}

/// A folder of CSV files, the second of which brings a new column.
TEST(NewColumn, IsAGroundAlsoWhereTheRunWasCutOffWhenTheRowsWereIn) {
  const Folder folder;
  const auto write_rows = [&](const std::string& name, const std::string& header, const std::string& extra) {
    std::string text = header + "\n";
    for (int row = 0; row < 400; ++row)
      text += std::to_string(row) + extra + "," + std::to_string(3 * row + row % 7) + "\n";
    write_file_atomically(folder / "rows" / name, text);
  };
  const auto write_config = [&](const std::string& learner) {
    const std::string uri = "uri = \"sqlite:///" + folder.path().string() + "/realty.db\"\n";
    write_file_atomically(folder / "csv.toml",
                          "[pipeline]\nname = \"realty\"\ntarget = \"y\"\n[source]\nplugin = \"csv\"\npath = \"" +
                              (folder / "rows").string() +
                              "\"\n[retrain]\nwhen = [\"schema\"]\n[[learner]]\nplugin = \"" + learner +
                              "\"\n[store]\n" + uri + "[registry]\n" + uri);
  };
  const Pipeline pipeline(folder, "http://127.0.0.1:9");
  const auto run = [&] { return pipeline.veleta(with_bad_plugins({"run", (folder / "csv.toml").string(), "--json"})); };
  write_rows("a.csv", "x,y", "");
  write_config("ridge");
  ASSERT_EQ(text_or_empty(run().last(), "outcome"), "promoted");
  write_rows("b.csv", "x,w,y", ",5");
  write_config("bad_crash");
  const Outcome failed = run();
  ASSERT_EQ(failed.status, kExitPlugin) << failed.output;
  // As if it had been killed between writing the rows and recording that step.
  pipeline.query(
      "delete from steps where name not in ('ingest', 'validate') and run_id = (select id from runs where"
      " state = 'failed'); update runs set state = 'running' where state = 'failed'");
  write_config("ridge");
  const Outcome outcome = run();
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(pipeline.query("select json_extract(record, '$.decide.reasons[0].code') from decisions order by number desc"
                           " limit 1"),
            "schema");
}

}  // namespace
}  // namespace veleta::test
