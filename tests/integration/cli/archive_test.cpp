#include <gmock/gmock.h>
#include <fstream>

#include "base/files.hpp"
#include "base/json.hpp"
#include "quickstart.hpp"

// A pipeline's history carried from one store and registry to others.

namespace veleta::test {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

const std::pair<std::string, std::string> kQuick{"plugin = \"xgboost\"", "plugin = \"xgboost\"\nrounds = 20"};

class Archive : public ::testing::Test {
 protected:
  Archive() { EXPECT_EQ(from_.run("run", {"--until-end"}).status, 0); }

  fs::path folder() const { return from_.folder() / "archive"; }
  Outcome export_it() const { return from_.run("export", {folder().string()}); }
  Outcome import_it() const { return to_.run("import", {folder().string()}); }

  static json::array history(const Quickstart& pipeline) {
    return json::parse(pipeline.run("history", {"--json"}).output).as_array();
  }
  static std::string text(const json::value& value) { return std::string(value.as_string()); }

  const Quickstart from_{{kQuick}};
  const Quickstart to_{{kQuick}};
};

constexpr const char* kAll =
    "5 runs, 4 batches (4000 clean rows), 0 inferences, 0 labels, 2 tracked runs, 2 model versions";
constexpr const char* kNothing =
    "0 runs, 0 batches (0 clean rows), 0 inferences, 0 labels, 0 tracked runs, 0 model versions";

TEST_F(Archive, CarriesEverythingAndRepeatedChangesNothing) {
  EXPECT_THAT(export_it().output, HasSubstr(std::string("exported ") + kAll));
  const std::string list = read_file(folder() / "archive.json");
  EXPECT_EQ(export_it().status, 0);
  EXPECT_EQ(read_file(folder() / "archive.json"), list);

  EXPECT_THAT(import_it().output, HasSubstr(std::string("imported ") + kAll));
  EXPECT_EQ(to_.run("history").output, from_.run("history").output);
  const std::string models = to_.run("models", {"--json"}).output;
  const fs::path again = from_.folder() / "again", and_again = from_.folder() / "and_again";
  EXPECT_EQ(to_.run("export", {again.string()}).status, 0);
  EXPECT_THAT(import_it().output, HasSubstr(std::string("imported ") + kNothing));
  EXPECT_EQ(to_.run("export", {and_again.string()}).status, 0);
  EXPECT_EQ(read_file(and_again / "archive.json"), read_file(again / "archive.json"))
      << "every file of what was imported is as it was before the second import";
  EXPECT_EQ(to_.run("models", {"--json"}).output, models);

  for (const auto& name : {"clean/000002.table", "batches/000003.json", "runs/000001.json",
                           "tracking/000001/metrics.json", "versions/000002/files/model/learner.bin"})
    EXPECT_EQ(read_file(again / name), read_file(folder() / name)) << name;
}

TEST_F(Archive, GoesOnWhereItCameFrom) {
  export_it();
  import_it();
  EXPECT_THAT(to_.run("run").output, HasSubstr("end_of_data")) << "the source's place came along";
  const std::string last = text(history(to_).back().at("run_id"));
  const Outcome reproduced = to_.run("reproduce", {last});
  EXPECT_EQ(reproduced.status, 0) << reproduced.output;
  EXPECT_THAT(reproduced.output, ::testing::Not(HasSubstr("differs")));
  EXPECT_EQ(to_.run("explain", {"--row", "{}"}).output, from_.run("explain", {"--row", "{}"}).output);
}

TEST_F(Archive, BringsWhatIsNewSinceTheLastTime) {
  const Quickstart early{{kQuick}};
  EXPECT_EQ(early.run("run").status, 0);
  EXPECT_EQ(early.run("export", {folder().string()}).status, 0);
  EXPECT_THAT(import_it().output, HasSubstr("imported 1 runs, 1 batches"));
  EXPECT_EQ(early.run("run", {"--until-end"}).status, 0);
  EXPECT_EQ(early.run("export", {folder().string()}).status, 0);
  EXPECT_THAT(import_it().output, HasSubstr("imported 4 runs, 3 batches (3000 clean rows)"));
  EXPECT_EQ(to_.run("history").output, early.run("history").output);
  EXPECT_EQ(to_.run("explain", {"--row", "{}"}).output, early.run("explain", {"--row", "{}"}).output)
      << "the alias moved on with its version";
}

TEST_F(Archive, ThatIsDamagedIsRefusedBeforeAnythingIsWritten) {
  export_it();
  const fs::path rows = folder() / "clean/000002.table";
  const std::string whole = read_file(rows);
  std::ofstream(rows, std::ios::app) << "x";
  const Outcome outcome = import_it();
  EXPECT_EQ(outcome.status, 6) << "broken data";
  EXPECT_THAT(outcome.output, HasSubstr("clean/000002.table is damaged: it does not match its digest"));
  EXPECT_EQ(history(to_).size(), 0);
  fs::remove(rows);
  EXPECT_THAT(import_it().output, HasSubstr("lacks its file clean/000002.table"));
  write_file_atomically(rows, whole);
  EXPECT_EQ(import_it().status, 0);
}

TEST_F(Archive, DoesNotMixWithAHistoryOfItsOwn) {
  export_it();
  const Quickstart other{{kQuick}};
  EXPECT_EQ(other.run("run").status, 0);
  const std::string before = other.run("history").output, models = other.run("models").output;
  const Outcome outcome = other.run("import", {folder().string()});
  EXPECT_EQ(outcome.status, 8) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("another history of 'rent': its batch number 0 is '0' of run"));
  EXPECT_EQ(other.run("history").output, before);
  EXPECT_EQ(other.run("models").output, models);
}

TEST_F(Archive, IsNotWrittenIntoAFolderOfSomethingElse) {
  write_file_atomically(folder() / "thesis.tex", "years of work");
  EXPECT_THAT(export_it().output, HasSubstr("holds something else than an archive: name an empty folder"));
  EXPECT_EQ(read_file(folder() / "thesis.tex"), "years of work");
}

TEST_F(Archive, OfAnotherPipelineIsRefused) {
  export_it();
  const Quickstart other{{{"name = \"rent\"", "name = \"lease\""}}};
  EXPECT_THAT(other.run("import", {folder().string()}).output, HasSubstr("is an archive of pipeline 'rent', but"));
  EXPECT_THAT(to_.run("import", {(from_.folder() / "nowhere").string()}).output, HasSubstr("is no archive"));
}

}  // namespace
}  // namespace veleta::test
