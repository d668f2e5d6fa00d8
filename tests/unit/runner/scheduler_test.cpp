#include "scheduler.hpp"

#include <gmock/gmock.h>
#include <filesystem>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "store/store.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kHour_ms = 3'600'000;
constexpr int64_t kStart_ms = 1'795'716'000'000;  // 2026-11-26T18:00:00Z

class SchedulerTest : public ::testing::Test {
 protected:
  SchedulerTest() { follow({3600, "", ""}); }
  ~SchedulerTest() override {
    store_.reset();
    fs::remove_all(folder_);
  }

  RunQueue& queue() { return store_->queue(); }

  void follow(const PipelineConfig::Schedule& schedule) {
    KnownPipelines::Known known;
    known.card.name = "realty";
    known.card.schedule = "every 3600 s" + schedule.cron + schedule.new_files;
    known.schedule = schedule;
    pipelines_["realty"] = known;
    queue().announce("runner", {known.card});
  }

  std::vector<std::string> ids() {
    std::vector<std::string> ids;
    for (const auto& request : queue().list({"realty", {}, {}, {}, 50})) ids.push_back(request.id);
    return ids;
  }

  std::vector<std::string> missed() {
    std::vector<std::string> told;
    for (const auto& event : queue().events({0, "", {"schedule_missed"}, 50}))
      told.push_back(json::serialize(event.data.at("count")) + " " + text_or_empty(event.data, "sentence"));
    return told;
  }

  void end_all() {
    while (const auto request = queue().claim("runner", 60'000))
      queue().finish({"realty", request->id, "runner", request->claim},
                     {RequestState::kSucceeded, "promoted", "", "", "", {}});
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-scheduler-" + new_id());
  std::unique_ptr<Store> store_ = open_store("sqlite:///" + (folder_ / "veleta.db").string());
  std::map<std::string, KnownPipelines::Known> pipelines_;
  Scheduler scheduler_{queue()};
};

TEST_F(SchedulerTest, SubmitsARunWhenItIsDue) {
  EXPECT_FALSE(scheduler_.tick(pipelines_, kStart_ms + 1));
  EXPECT_FALSE(scheduler_.tick(pipelines_, kStart_ms + kHour_ms - 1));
  EXPECT_TRUE(scheduler_.tick(pipelines_, kStart_ms + kHour_ms));
  EXPECT_THAT(ids(), ElementsAre("scheduled__2026-11-26T19:00:00Z"));
  EXPECT_FALSE(scheduler_.tick(pipelines_, kStart_ms + kHour_ms + 5));
  EXPECT_EQ(queue().body("realty", ids()[0]), "{}");
}

TEST_F(SchedulerTest, SubmitsARunOnceForSeveralRunners) {
  Scheduler other(queue());
  for (Scheduler* scheduler : {&scheduler_, &other}) scheduler->tick(pipelines_, kStart_ms + 1);
  EXPECT_TRUE(scheduler_.tick(pipelines_, kStart_ms + kHour_ms));
  EXPECT_FALSE(other.tick(pipelines_, kStart_ms + kHour_ms));
  EXPECT_THAT(ids().size(), 1U);
  EXPECT_THAT(missed(), IsEmpty());
}

TEST_F(SchedulerTest, LeavesOutARunWhileTheLastOneHasNotEnded) {
  scheduler_.tick(pipelines_, kStart_ms + 1);
  scheduler_.tick(pipelines_, kStart_ms + kHour_ms);
  EXPECT_FALSE(scheduler_.tick(pipelines_, kStart_ms + 2 * kHour_ms));
  EXPECT_THAT(missed(), ElementsAre("1 run scheduled__2026-11-26T19:00:00Z has not ended"));
  end_all();
  EXPECT_TRUE(scheduler_.tick(pipelines_, kStart_ms + 3 * kHour_ms));
  EXPECT_THAT(ids().size(), 2U);
}

TEST_F(SchedulerTest, TellsWhatFellDueWhileNoRunnerLived) {
  scheduler_.tick(pipelines_, kStart_ms + 1);
  scheduler_.tick(pipelines_, kStart_ms + kHour_ms);
  end_all();
  Scheduler later(queue());
  EXPECT_FALSE(later.tick(pipelines_, kStart_ms + 5 * kHour_ms + 1));
  EXPECT_THAT(missed(), ElementsAre("4 no runner lived"));
  EXPECT_THAT(ids().size(), 1U) << "none is made up for";
  EXPECT_TRUE(later.tick(pipelines_, kStart_ms + 6 * kHour_ms));
}

TEST_F(SchedulerTest, SubmitsARunForEachNewFile) {
  const fs::path arrivals = folder_ / "arrivals";
  fs::create_directory(arrivals);
  follow({0, "", arrivals.string()});
  write_file_atomically(arrivals / "day 1.csv", "a\n1\n");
  scheduler_.tick(pipelines_, kStart_ms);
  EXPECT_TRUE(scheduler_.tick(pipelines_, kStart_ms + 2000));
  ASSERT_EQ(ids().size(), 1U);
  EXPECT_THAT(ids()[0], ::testing::MatchesRegex("file__day_1.csv-[0-9a-f]{8}__[0-9]+"));
  Scheduler later(queue());
  later.tick(pipelines_, kStart_ms + 3000);
  EXPECT_FALSE(later.tick(pipelines_, kStart_ms + 5000)) << "the file was taken before";
}

}  // namespace
}  // namespace veleta
