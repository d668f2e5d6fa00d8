#include "monitor/monitor.hpp"

#include <gmock/gmock.h>
#include <cmath>
#include <limits>

#include "level_watch.hpp"

namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::level_watch_params;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

ColumnProfile column(const std::string& name, double mean, double deviation) {
  ColumnProfile profile;
  profile.name = name;
  profile.row_count = 100;
  profile.mean = mean;
  profile.standard_deviation = deviation;
  profile.minimum = mean - deviation;
  profile.maximum = mean + deviation;
  return profile;
}

/// A model of two numbers, `bed` (mean 3) and `size` (mean 100), and a category.
struct Model {
  std::string identity = "1 abc";
  Schema inputs{{{"bed", ColumnType::kNumber}, {"city", ColumnType::kCategory}, {"size", ColumnType::kNumber}}};
  Profile reference{{column("bed", 3, 1), column("size", 100, 10)}, 100};
  Series errors{50, 0.2, 0.4, 0, 1, true};

  WatchedModel watched() const { return {identity, inputs, reference, errors, {}}; }
};

class MonitorTest : public ::testing::Test {
 protected:
  MonitorTest() { plugins.add_static(&veleta_library_entry); }

  StreamSpec spec(StreamSubject of, std::vector<std::string> columns = {}, double limit = 5) const {
    return {"level_watch", level_watch_params(limit), of, std::move(columns)};
  }
  static WatchStatus status_of(const Monitor& monitor, const std::string& stream, const std::string& series) {
    for (const WatchStatus& status : monitor.status())
      if (status.stream == stream && status.series == series) return status;
    ADD_FAILURE() << "no watch of " << stream << ", " << series;
    return {};
  }
  /// Lets it take rows of bed and size, one after another.
  static void take(Monitor& monitor, const std::vector<double>& numbers) {
    std::vector<double> bed, size;
    for (size_t at = 0; at < numbers.size(); at += 2) bed.push_back(numbers[at]), size.push_back(numbers[at + 1]);
    monitor.take_rows(std::vector<std::span<const double>>{bed, size}, std::vector<double>(bed.size(), 1));
  }
  static std::vector<std::string> names(const std::vector<StreamAlarm>& alarms) {
    std::vector<std::string> all;
    for (const StreamAlarm& alarm : alarms) all.push_back(alarm.stream + " " + alarm.series);
    return all;
  }

  PluginHost plugins{{}};
  Model model;
};

TEST_F(MonitorTest, WatchesEachNumericInputAndTellsWhichMoved) {
  Monitor monitor({spec(StreamSubject::kColumns)}, plugins);
  monitor.begin(model.watched(), {});
  for (int row = 0; row < 3; ++row) take(monitor, {3, 130});
  const std::vector<StreamAlarm> alarms = monitor.watch(1'700'000'000'000);
  ASSERT_THAT(names(alarms), ElementsAre("level_watch size"));
  EXPECT_EQ(alarms[0].signal.direction, 1);
  EXPECT_EQ(alarms[0].signal.statistic, 6);
  EXPECT_EQ(alarms[0].signal.threshold, 5);
  EXPECT_EQ(alarms[0].seen, 2U);
  const WatchStatus size = status_of(monitor, "level_watch", "size");
  EXPECT_EQ(size.seen, 3U);
  EXPECT_EQ(size.alarms, 1U);
  EXPECT_EQ(size.run_length, 1000);
  EXPECT_EQ(size.signal.statistic, 3);  // begun anew after the alarm
  EXPECT_EQ(to_json(size).at("last_alarm").at("direction"), "up");
  EXPECT_EQ(status_of(monitor, "level_watch", "bed").alarms, 0U);
}

TEST_F(MonitorTest, PassesOverAndCountsMissingAndInfiniteValues) {
  Monitor monitor({spec(StreamSubject::kColumns, {"bed"})}, plugins);
  monitor.begin(model.watched(), {});
  take(monitor, {3, 1, kMissing, 1, INFINITY, 1, 4, 1});
  monitor.watch(0);
  const WatchStatus bed = status_of(monitor, "level_watch", "bed");
  EXPECT_EQ(bed.seen, 2U);
  EXPECT_EQ(bed.missing, 2U);
  EXPECT_EQ(bed.signal.statistic, 1);
}

TEST_F(MonitorTest, TakesBlocksAsItTakesRows) {
  Monitor by_row({spec(StreamSubject::kColumns, {}, 50)}, plugins),
      by_block({spec(StreamSubject::kColumns, {}, 50)}, plugins);
  by_row.begin(model.watched(), {});
  by_block.begin(model.watched(), {});
  std::vector<double> numbers;
  size_t row_alarms = 0;
  for (int row = 0; row < 500; ++row) {
    const std::vector<double> values{3 + 0.5 * (row % 7), row % 11 == 0 ? kMissing : 100.0 + row % 13};
    take(by_row, values);
    row_alarms += by_row.watch(0).size();
    numbers.insert(numbers.end(), values.begin(), values.end());
  }
  take(by_block, numbers);
  const size_t block_alarms = by_block.watch(0).size();
  EXPECT_GT(row_alarms, 10U);
  EXPECT_LE(block_alarms, 2 * Monitor::kMostTold);
  for (const char* name : {"bed", "size"}) {
    const WatchStatus one = status_of(by_row, "level_watch", name), other = status_of(by_block, "level_watch", name);
    EXPECT_EQ(one.alarms, other.alarms);
    EXPECT_EQ(one.seen, other.seen);
    EXPECT_EQ(one.missing, other.missing);
    EXPECT_EQ(one.signal.statistic, other.signal.statistic);
  }
}

TEST_F(MonitorTest, TellsOfAWatchThatFiresAllTheTimeOnlySoOften) {
  Monitor monitor({spec(StreamSubject::kColumns, {"bed"})}, plugins);
  monitor.begin(model.watched(), {});
  std::vector<double> numbers;
  for (int row = 0; row < 100; ++row) numbers.insert(numbers.end(), {1000, 1});
  take(monitor, numbers);
  EXPECT_EQ(monitor.watch(0).size(), Monitor::kMostTold);
  EXPECT_EQ(status_of(monitor, "level_watch", "bed").alarms, 100U);
}

TEST_F(MonitorTest, NamesStreamsBySubjectAndNumber) {
  Monitor monitor({spec(StreamSubject::kColumns, {"bed"}),
                   spec(StreamSubject::kColumns, {"size", "bed"}),
                   spec(StreamSubject::kErrors),
                   {"level_watch", level_watch_params(5, false), StreamSubject::kPredictions, {}}},
                  plugins);
  monitor.begin(model.watched(), {});
  std::vector<std::string> all;
  for (const WatchStatus& status : monitor.status()) all.push_back(status.stream + " " + status.series);
  EXPECT_THAT(all, ::testing::UnorderedElementsAre("level_watch bed", "level_watch.2 size", "level_watch.2 bed",
                                                   "level_watch.error error", "level_watch.prediction prediction"));
}

TEST_F(MonitorTest, KnowsOfErrorsWhatTheModelWasPromotedWith) {
  Monitor monitor({spec(StreamSubject::kErrors, {}, 8)}, plugins);
  monitor.begin(model.watched(), {});
  for (int row = 0; row < 4; ++row) monitor.take_error(1);
  EXPECT_THAT(names(monitor.watch(0)), ElementsAre());
  monitor.take_error(1);  // 5 * (1 - 0.2) / 0.4
  EXPECT_THAT(names(monitor.watch(0)), ElementsAre("level_watch.error error"));
}

TEST_F(MonitorTest, TellsWhatItCannotWatchAndWatchesTheRest) {
  Monitor monitor({spec(StreamSubject::kColumns, {"bde", "city", "size"}), spec(StreamSubject::kPredictions)}, plugins);
  monitor.begin(model.watched(), {});
  take(monitor, {3, 200});
  EXPECT_THAT(names(monitor.watch(0)), ElementsAre("level_watch size"));
  EXPECT_THAT(status_of(monitor, "level_watch", "bde").problem,
              HasSubstr("no column of numbers 'bde'. Did you mean 'bed'?"));
  EXPECT_THAT(status_of(monitor, "level_watch", "city").problem, HasSubstr("no column of numbers 'city'"));
  EXPECT_THAT(status_of(monitor, "level_watch.prediction", "prediction").problem, HasSubstr("it needs the mean"));
  EXPECT_EQ(status_of(monitor, "level_watch.prediction", "prediction").seen, 0U);
}

TEST_F(MonitorTest, GoesOnWithoutAWatchThatFails) {
  Monitor monitor({{"level_watch", level_watch_params(5, true, 7), StreamSubject::kColumns, {}}}, plugins);
  monitor.begin(model.watched(), {});
  take(monitor, {7, 200});
  EXPECT_THAT(names(monitor.watch(0)), ElementsAre("level_watch size"));
  EXPECT_THAT(status_of(monitor, "level_watch", "bed").problem, HasSubstr("a value that it cannot take"));
}

TEST_F(MonitorTest, GoesOnWithoutAWatchThatTakesNothing) {
  Monitor monitor({{"level_watch", level_watch_params(50, true, -7), StreamSubject::kColumns, {}}}, plugins);
  monitor.begin(model.watched(), {});
  take(monitor, {3, 120, 7, 120, 3, 120});
  monitor.watch(0);
  EXPECT_THAT(status_of(monitor, "level_watch", "bed").problem, HasSubstr("took none of the values"));
  EXPECT_EQ(status_of(monitor, "level_watch", "size").seen, 3U);
}

TEST_F(MonitorTest, KeepsTheOthersWhereAWatchCannotBeKept) {
  Monitor monitor({{"level_watch", level_watch_params(50, true, 2), StreamSubject::kColumns, {}}}, plugins);
  monitor.begin(model.watched(), {});
  take(monitor, {3, 120});
  monitor.watch(0);
  const std::vector<KeptWatch> kept = monitor.keep_all();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_THAT(status_of(monitor, "level_watch", "size").problem, HasSubstr("a sum that it cannot keep"));
  for (const KeptWatch& each : kept) EXPECT_EQ(each.state.empty(), each.series == "size") << each.series;
  EXPECT_EQ(kept[0].status.at("problem").is_null(), kept[0].series != "size");
}

TEST_F(MonitorTest, GoesOnFromWhatWasKept) {
  const std::vector<StreamSpec> specs{spec(StreamSubject::kColumns), spec(StreamSubject::kErrors)};
  Monitor before(specs, plugins);
  before.begin(model.watched(), {});
  take(before, {3, 120, kMissing, 120});
  before.watch(0);
  take(before, {3, 120, 3, 110});
  before.take_error(0.4);
  ASSERT_EQ(before.watch(1'700'000'000'120).size(), 1U);
  Monitor after(specs, plugins);
  after.begin(model.watched(), before.keep_all());
  const WatchStatus size = status_of(after, "level_watch", "size");
  EXPECT_EQ(size.seen, 4U);
  EXPECT_EQ(size.alarms, 1U);
  EXPECT_EQ(to_json(*size.last_alarm), to_json(*status_of(before, "level_watch", "size").last_alarm));
  EXPECT_EQ(status_of(after, "level_watch", "bed").missing, 1U);
  take(after, {3, 145});  // the sum was 1
  EXPECT_EQ(after.watch(0).at(0).signal.statistic, 5.5);
}

TEST_F(MonitorTest, KeepsOnlyWhatHasChanged) {
  Monitor monitor({spec(StreamSubject::kColumns), spec(StreamSubject::kErrors)}, plugins);
  monitor.begin(model.watched(), {});
  EXPECT_EQ(monitor.keep_all().size(), 3U);
  EXPECT_EQ(monitor.keep_changed().size(), 0U);
  monitor.take_error(0);
  monitor.watch(0);
  ASSERT_EQ(monitor.keep_changed().size(), 1U);
  EXPECT_EQ(monitor.keep_changed().size(), 0U);
}

TEST_F(MonitorTest, BeginsAnewFromAStateThatIsNotItsOwn) {
  const std::vector<StreamSpec> specs{spec(StreamSubject::kColumns, {"size"})};
  Monitor before(specs, plugins);
  before.begin(model.watched(), {});
  take(before, {3, 120});
  before.watch(0);
  const KeptWatch kept = before.keep_all().at(0);
  const auto seen_after = [&](const KeptWatch& one, const Model& of) {
    Monitor after(specs, plugins);
    after.begin(of.watched(), {one});
    const WatchStatus status = status_of(after, "level_watch", "size");
    EXPECT_EQ(status.problem, "");
    return status.seen;
  };
  EXPECT_EQ(seen_after(kept, model), 1U);
  KeptWatch corrupt = kept, of_another_version = kept;
  corrupt.state = "rubbish";
  EXPECT_EQ(seen_after(corrupt, model), 0U);
  of_another_version.maker = "level_watch 0.9.0 {}";
  EXPECT_EQ(seen_after(of_another_version, model), 0U);
  Model other;
  other.reference.columns[1].mean = 101;
  EXPECT_EQ(seen_after(kept, other), 0U);
}

TEST_F(MonitorTest, BeginsPredictionsAndErrorsAnewWithAnotherModelAndColumnsWithAnotherReference) {
  Monitor monitor({spec(StreamSubject::kColumns), spec(StreamSubject::kErrors)}, plugins);
  monitor.begin(model.watched(), {});
  take(monitor, {3, 110});
  monitor.take_error(0);
  monitor.watch(0);
  Model next;
  next.identity = "2 def";
  next.reference.columns[0].mean = 2;
  monitor.begin(next.watched(), {});
  EXPECT_EQ(status_of(monitor, "level_watch", "size").seen, 1U);
  EXPECT_EQ(status_of(monitor, "level_watch", "bed").seen, 0U);
  EXPECT_EQ(status_of(monitor, "level_watch", "bed").process_values, 1U);
  EXPECT_EQ(status_of(monitor, "level_watch.error", "error").seen, 0U);
}

TEST_F(MonitorTest, RefusesRowsOfAnotherForm) {
  Monitor monitor({spec(StreamSubject::kColumns)}, plugins);
  monitor.begin(model.watched(), {});
  const std::vector<double> one{1}, two{1, 2};
  EXPECT_THROW(monitor.take_rows(std::vector<std::span<const double>>{one}, one), Error);
  EXPECT_THROW(monitor.take_rows(std::vector<std::span<const double>>{one, two}, one), Error);
  EXPECT_NO_THROW(monitor.take_rows({}, one)) << "no columns";
}

}  // namespace
}  // namespace veleta
