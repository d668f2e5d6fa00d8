#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <sstream>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "programs.hpp"

namespace veleta::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> outcomes(const json::array& history) {
  std::vector<std::string> outcomes;
  for (const auto& decision : history) outcomes.push_back(text_or_empty(decision.as_object(), "outcome"));
  return outcomes;
}

std::vector<std::string> reason_codes(const json::value& decision) {
  std::vector<std::string> codes;
  const json::array& reasons = decision.at_pointer("/record/decide/reasons").as_array();
  for (const auto& reason : reasons) codes.push_back(text_or_empty(reason.as_object(), "code"));
  return codes;
}

/// The artifacts of the versions' runs by digest, with the version before each name: of all that is to be the same
/// whenever it was made. The other files name their run.
std::map<std::string, std::string> artifact_digests(const Pipeline& pipeline) {
  std::map<std::string, std::string> digests;
  std::istringstream runs(pipeline.query("select run_id from model_versions order by version"));
  int version = 0;
  for (std::string run; std::getline(runs, run);) {
    const auto folder = pipeline.folder() / "realty.db.artifacts" / run;
    ++version;
    for (const char* part : {"model", "plots", "tables"}) {
      if (!std::filesystem::exists(folder / part)) continue;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / part))
        if (entry.is_regular_file())
          digests[fmt::format("{} {}", version, entry.path().lexically_relative(folder).string())] =
              sha256_of_file(entry.path());
    }
  }
  return digests;
}

/// The story of the data API contract, on 2 % of its rows.
class SixBatches : public testing::Test {
 protected:
  Folder folder_;
  DataApi api_{folder_};
  Pipeline pipeline_{folder_, api_.url()};
};

/// A tenth of the rows, with a tenth of the size that a batch must have: enough for the decisions of the full size.
TEST(SixBatchesOfATenth, LeadToTheDecisionsOfTheContract) {
  const Folder folder;
  const DataApi api(folder, {"--scale", "0.1"});
  const Pipeline pipeline(folder, api.url());
  const Outcome run = pipeline.run(true);
  ASSERT_EQ(run.status, 0) << run.output;
  EXPECT_EQ(text_or_empty(run.last(), "outcome"), "end_of_data");

  const json::array history = pipeline.history();
  ASSERT_EQ(history.size(), 6u);
  EXPECT_THAT(outcomes(history), ElementsAre("promoted", "promoted", "promoted", "skipped", "promoted", "promoted"));
  EXPECT_THAT(reason_codes(history[0]), ElementsAre("baseline"));
  EXPECT_THAT(reason_codes(history[1]), Contains("drift"));
  EXPECT_THAT(reason_codes(history[2]), Contains("new_categories"));
  EXPECT_THAT(reason_codes(history[3]), ElementsAre("too_small"));
  EXPECT_THAT(reason_codes(history[4]), Contains("drift"));
  EXPECT_THAT(reason_codes(history[5]), Contains("drift"));
  EXPECT_THAT(text_or_empty(history[2].as_object(), "sentence"), HasSubstr("status drifted (new_categories: effect 1"));
  EXPECT_THAT(text_or_empty(history[2].as_object(), "sentence"), HasSubstr("new: sold (100 %)"));
  EXPECT_EQ(pipeline.query("select version from aliases where alias = 'production'"), "5");
}

/// The same decisions where alpha is to hold over all batches, and segments are looked at beside the whole.
TEST(SixBatchesOfATenth, LeadToTheSameDecisionsAtLevelsThatHoldOverTimeAndWithSegments) {
  const Folder folder;
  const DataApi api(folder, {"--scale", "0.1"});
  const Pipeline pipeline(folder, api.url(), Pipeline::kSmallLearner, "[segments]\nby = [\"state\"]\n");
  std::string file = read_file(pipeline.config());
  file.insert(file.find("[retrain]\n") + 10, "over_time = \"lord\"\n");
  write_file_atomically(pipeline.config(), file);
  const Outcome run = pipeline.run(true);
  ASSERT_EQ(run.status, 0) << run.output;

  const json::array history = pipeline.history();
  ASSERT_EQ(history.size(), 6u);
  EXPECT_THAT(outcomes(history), ElementsAre("promoted", "promoted", "promoted", "skipped", "promoted", "promoted"));
  EXPECT_TRUE(history[0].at_pointer("/record/detect/over_time").is_null()) << "there was nothing to compare with";
  const json::value& second = history[1].at_pointer("/record/detect/over_time");
  EXPECT_LT(second.at("level").as_double(), 0.001);
  EXPECT_EQ(second.at("level"), history[1].at_pointer("/record/detect/drift/alpha"));
  EXPECT_EQ(second.at("tested"), (json::value{{"windows", 1}, {"drifted", {1}}}));
  const json::value& last = history[5].at_pointer("/record/detect/over_time");
  EXPECT_EQ(last.at_pointer("/tested/windows"), 5);
  EXPECT_GT(last.at("level").as_double(), second.at("level").as_double()) << "drifts found raise it";
  EXPECT_FALSE(history[1].at_pointer("/record/detect/drift/segments").as_array().empty());
  EXPECT_TRUE(artifact_digests(pipeline).contains("1 model/model/segments.bin"));
}

TEST(SixBatchesOfATenth, TellWhatDriftedWhereDriftIsNoGroundForTraining) {
  const Folder folder;
  const DataApi api(folder, {"--scale", "0.1"});
  const Pipeline pipeline(folder, api.url(), Pipeline::kSmallLearner, "", "\"schema\"");
  ASSERT_EQ(pipeline.run().status, 0);
  const Outcome second = pipeline.veleta({"run", pipeline.config().string()});
  EXPECT_EQ(second.status, 0) << second.output;
  EXPECT_THAT(second.output, HasSubstr(", skipped: Skipped: 'drift' is not among the grounds for training (schema): "));
  EXPECT_THAT(second.output, HasSubstr(" drifted"));
  EXPECT_THAT(reason_codes(pipeline.history()[1]), Contains("not_a_ground"));
}

TEST(SixBatchesOfATenth, AreTestedOverTimeOnceEachHoweverOftenOneIsJudged) {
  const Folder folder;
  const DataApi api(folder, {"--scale", "0.1"});
  const Pipeline pipeline(folder, api.url(), Pipeline::kSmallLearner, "", "\"schema\"");
  std::string file = read_file(pipeline.config());
  file.insert(file.find("[retrain]\n") + 10, "over_time = \"lord\"\n");
  write_file_atomically(pipeline.config(), file);
  for (int batch = 0; batch < 2; ++batch) ASSERT_EQ(pipeline.run().status, 0);
  for (int repetition = 0; repetition < 2; ++repetition)
    ASSERT_EQ(pipeline.veleta({"run", pipeline.config().string(), "--batch", "1"}).status, 0);
  ASSERT_EQ(pipeline.run().status, 0);

  const json::array history = pipeline.history();
  ASSERT_EQ(history.size(), 5u);
  const auto over_time = [&](size_t i) { return history[i].at_pointer("/record/detect/over_time"); };
  ASSERT_EQ(over_time(1).at_pointer("/tested/windows"), 1);
  EXPECT_EQ(over_time(2), over_time(1)) << "the same test, at the same level";
  EXPECT_EQ(over_time(3), over_time(1));
  EXPECT_EQ(over_time(4).at_pointer("/tested/windows"), 2);
}

TEST_F(SixBatches, RefuseSegmentsByAColumnThatIsNotThere) {
  const Pipeline pipeline(folder_, api_.url(), Pipeline::kSmallLearner, "[segments]\nby = [\"sate\"]\n");
  const Outcome run = pipeline.run();
  EXPECT_EQ(run.status, 2) << run.output;
  EXPECT_THAT(run.output, HasSubstr("segments.by names column 'sate', which the data lacks. Did you mean 'state'?"));
}

TEST_F(SixBatches, LeaveEveryCleanRowTraceableToItsRawBatch) {
  ASSERT_EQ(pipeline_.run(true).status, 0);
  EXPECT_EQ(
      pipeline_.query("select count(*) from clean_realty c left join batches b on b.id = c.batch_id and b.pipeline = "
                      "'realty' where b.id is null"),
      "0");
  EXPECT_EQ(pipeline_.query("select count(distinct batch_id) from clean_realty"), "6");
  EXPECT_EQ(
      pipeline_.query(
          "select count(*) from (select batch_id, row_number from clean_realty group by 1, 2 having count(*) > 1)"),
      "0");
  EXPECT_EQ(
      pipeline_.query("select count(*) from clean_realty where typeof(price) <> 'real' or typeof(city) <> 'text'"),
      "0");
}

TEST_F(SixBatches, AreTakenOnceHoweverOftenOneAsks) {
  ASSERT_EQ(pipeline_.run(true).status, 0);
  const std::string rows = pipeline_.query("select count(*) from clean_realty");
  const Outcome again = pipeline_.run(true);
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(text_or_empty(again.last(), "outcome"), "end_of_data");
  EXPECT_EQ(pipeline_.query("select count(*) from clean_realty"), rows);
  EXPECT_EQ(pipeline_.history().size(), 6u);
}

TEST_F(SixBatches, RunUnderOneIdOnce) {
  const auto run = [&] {
    return pipeline_.veleta({"run", pipeline_.config().string(), "--run-id", "monday", "--json"});
  };
  const Outcome first = run(), second = run();
  EXPECT_EQ(first.status, 0) << first.output;
  EXPECT_EQ(first.last(), second.last());
  EXPECT_EQ(pipeline_.query("select count(*) from batches"), "1");
}

TEST_F(SixBatches, GiveTheSameModelsEveryTime) {
  ASSERT_EQ(pipeline_.run(true).status, 0);
  const Folder other_folder;
  const Pipeline other(other_folder, api_.url());
  Process("/usr/bin/curl", {"-sf", api_.url() + "/restart_data_generation?group_number=4&day=Tuesday"}, "/dev/null")
      .wait();
  ASSERT_EQ(other.run(true).status, 0);
  const auto digests = artifact_digests(pipeline_);
  for (const char* name : {"1 model/model/learner.bin", "5 model/model/bundle.json", "5 model/MLmodel",
                           "1 plots/predicted_against_actual.svg", "5 plots/drift.svg", "5 tables/drift.csv"})
    EXPECT_TRUE(digests.contains(name)) << name;
  EXPECT_EQ(digests, artifact_digests(other));
}

}  // namespace
}  // namespace veleta::test
