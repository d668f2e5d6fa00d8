#include <gmock/gmock.h>
#include <iterator>
#include <sstream>

#include "base/files.hpp"
#include "quickstart.hpp"

namespace veleta::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kExitFailure = 1, kExitUsage = 2;

/// Fewer trees, which nothing here is about.
const std::pair<std::string, std::string> kQuick{"plugin = \"xgboost\"", "plugin = \"xgboost\"\nrounds = 20"};

TEST(ReadingCommands, MakeNothing) {
  const Quickstart pipeline;
  for (const char* command : {"history", "models"}) {
    EXPECT_EQ(pipeline.run(command).status, 0) << command;
    EXPECT_EQ(pipeline.run(command, {"--json"}).output, "[]\n") << command;
  }
  const Outcome explained = pipeline.run("explain", {"--row", "{}"});
  EXPECT_EQ(explained.status, kExitFailure);
  EXPECT_THAT(explained.output, HasSubstr("no production model yet"));
  EXPECT_EQ(pipeline.run("show", {"some-run"}).status, kExitFailure);
  EXPECT_THAT(pipeline.files(), ElementsAre("pipeline.toml"));
}

TEST(ReadingCommands, TellNamesOfColumnsThatTheDataLacks) {
  const Quickstart pipeline({kQuick,
                             {"# ignore = [\"id\"]", "ignore = [\"flor\", \"built\"]"},
                             {"[\"district\", \"balcony\"]", "[\"distrikt\", \"balcony\"]"}});
  const Outcome run = pipeline.run("run");
  ASSERT_EQ(run.status, 0) << run.output;
  const std::string told[] = {"[columns] names 'distrikt', which the batch does not have. Did you mean 'district'?",
                              "[columns] names 'flor', which the batch does not have. Did you mean 'floor'?"};
  EXPECT_THAT(run.output, AllOf(HasSubstr(told[0]), HasSubstr(told[1]), Not(HasSubstr("'built'"))));
  const json::value first = parse_json(pipeline.run("history", {"--json"}).output, "the history").at(0);
  const Outcome shown = pipeline.run("show", {std::string(first.at("run_id").as_string())});
  EXPECT_THAT(shown.output, AllOf(HasSubstr("warning: " + told[0]), HasSubstr("warning: " + told[1])));
  EXPECT_THAT(pipeline.run("run").output, Not(HasSubstr("[columns] names"))) << "once is enough";
}

TEST(ReadingCommands, SayWhereThereIsNothingYet) {
  const Quickstart pipeline;
  const std::string uri = "sqlite:///" + pipeline.store().string();
  EXPECT_EQ(pipeline.run("history").output, "no batch yet in " + uri + "\n");
  EXPECT_EQ(pipeline.run("models").output, "no version yet in " + uri + "\n");
}

TEST(ReadingCommands, SayWhichFolderAPathIsRelativeTo) {
  const Quickstart pipeline;
  const std::string uri = "sqlite:///" + pipeline.store().string();
  write_file_atomically(pipeline.config(),
                        changed(read_file(pipeline.config()), {{uri, "sqlite:///no_such_folder/rent.db"}}));
  const std::string place =
      " yet in sqlite:///no_such_folder/rent.db (relative to " + std::filesystem::current_path().string() + ")\n";
  EXPECT_EQ(pipeline.run("history").output, "no batch" + place);
  EXPECT_EQ(pipeline.run("models").output, "no version" + place);
}

TEST(ReadingCommands, LeaveADatabaseOfOthersAsItIs) {
  const Quickstart pipeline;
  Process shop("/usr/bin/sqlite3", {pipeline.store().string(), "create table customers (name text)"}, "/dev/null");
  ASSERT_EQ(shop.wait(), 0);
  const std::string before = read_file(pipeline.store());
  pipeline.run("history");
  pipeline.run("models");
  pipeline.run("explain", {"--row", "{}"});
  pipeline.run("show", {"some-run"});
  EXPECT_EQ(read_file(pipeline.store()), before);
  EXPECT_THAT(pipeline.files(), ElementsAre("pipeline.toml", "rent.db"));
}

TEST(ReadingCommands, TellWhatWasDecided) {
  const Quickstart pipeline({kQuick});
  ASSERT_EQ(pipeline.run("run", {"--until-end"}).status, 0);
  const json::array history = parse_json(pipeline.run("history", {"--json"}).output, "the history").as_array();
  ASSERT_EQ(history.size(), 4U);
  const std::string run_id(history[0].at("run_id").as_string());
  EXPECT_THAT(pipeline.run("history").output, AllOf(HasSubstr("BATCH"), HasSubstr(run_id)));
  EXPECT_THAT(pipeline.run("models").output, HasSubstr("production"));

  const Outcome shown = pipeline.run("show", {run_id});
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.output, AllOf(HasSubstr("run " + run_id + " of rent: promoted"), HasSubstr("ridge")));
  const json::value told = parse_json(pipeline.run("show", {run_id, "--json"}).output, "the run");
  EXPECT_EQ(told.at("decision").at("batch_id"), history[0].at("batch_id"));

  const Outcome unknown = pipeline.run("show", {"no-such-run"});
  EXPECT_EQ(unknown.status, kExitFailure);
  EXPECT_THAT(unknown.output, AllOf(HasSubstr("'rent' has no run 'no-such-run'"), HasSubstr("rent.db")));
}

/// The words of each line that begins with a word.
std::vector<std::vector<std::string>> lines_from(const std::string& text, const std::string& first_word) {
  std::vector<std::vector<std::string>> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    if (!all.empty() && all.front() == first_word) found.push_back(std::move(all));
  }
  return found;
}

TEST(ReadingCommands, ShowTheContestAsARowAModel) {
  const Quickstart pipeline({kQuick});
  ASSERT_EQ(pipeline.run("run", {"--until-end"}).status, 0);
  const json::value last = parse_json(pipeline.run("history", {"--json"}).output, "the history").as_array().back();
  const json::object& contest = last.at("record").at("evaluate").as_object();
  const std::string run_id(last.at("run_id").as_string());

  const std::string shown = pipeline.run("show", {run_id}).output;
  EXPECT_THAT(lines_from(shown, "MODEL"),
              ElementsAre(ElementsAre("MODEL", "mae", "median_ae", "median_ape", "r2", "rmse")));
  const auto production = lines_from(shown, "production");
  ASSERT_EQ(production.size(), 1U);
  EXPECT_NEAR(std::stod(production[0].at(5)), contest.at("champion").at("rmse").as_double(), 0.001);
  for (const char* learner : {"ridge", "xgboost"}) EXPECT_EQ(lines_from(shown, learner).size(), 1U) << learner;
  const std::string rows = std::to_string(contest.at("champion").at("rows").to_number<int>());
  EXPECT_THAT(shown, HasSubstr("\nOn " + rows + " rows that none of these trained on\n"));
}

TEST(ReadingCommands, ShowTheSmallestPValuesAsTheHistoryDoes) {
  const Quickstart pipeline({kQuick});
  ASSERT_EQ(pipeline.run("run", {"--until-end"}).status, 0);
  Process edit("/usr/bin/sqlite3",
               {pipeline.store().string(),
                "update decisions set record = json_set(record, '$.detect.drift.results[0].adjusted_p', 0)"},
               "/dev/null");
  ASSERT_EQ(edit.wait(), 0);
  const json::value last = parse_json(pipeline.run("history", {"--json"}).output, "the history").as_array().back();
  EXPECT_THAT(pipeline.run("show", {std::string(last.at("run_id").as_string())}).output, HasSubstr("  < 1e-300  "));
}

TEST(ReadingCommands, NeedNoneOfTheSourcesVariables) {
  const std::string data = std::string(VELETA_SOURCE_FOLDER) + "/configs/data";
  const Quickstart pipeline({kQuick, {data, "${VELETA_TEST_DATA}"}});
  const std::string data_variable = "VELETA_TEST_DATA=" + data;
  ASSERT_EQ(pipeline.run("run", {}, {data_variable}).status, 0);
  const json::array history = parse_json(pipeline.run("history", {"--json"}).output, "the history").as_array();
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(pipeline.run("models").status, 0);
  EXPECT_EQ(pipeline.run("show", {std::string(history[0].at("run_id").as_string())}).status, 0);
  EXPECT_EQ(pipeline.run("explain", {"--row", "{}"}).status, 0);
  ServeProcess server(pipeline.folder(), pipeline.config());
  server.process().kill(SIGTERM);
  EXPECT_EQ(server.process().wait(), 0);

  EXPECT_EQ(pipeline.run("run").status, kExitUsage);
  Process check(binary("veleta"), {"config", "check", pipeline.config().string()}, pipeline.folder() / "check.log");
  EXPECT_EQ(check.wait(), kExitUsage);
  EXPECT_THAT(check.output(), HasSubstr("VELETA_TEST_DATA"));
}

}  // namespace
}  // namespace veleta::test
