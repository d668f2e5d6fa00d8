#include <cmath>

#include "veleta/error.hpp"
#include "watched.hpp"

// What detectors of series say of series.

namespace veleta::testing {
namespace {

class Watches : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Streams, Watches, ::testing::ValuesIn(stream_detectors()), detector_name);

TEST_P(Watches, GiveTheSameAlarmsInBlocksOfAnySize) {
  Random random(1);
  auto values = joined(errors(random, 3000, 0.2), errors(random, 1500, 0.6));
  values = joined(values, errors(random, 2500, 0.1));
  const auto detector = make_detector(GetParam());
  const auto expected = alarms(*detector->watch({}), values, values.size());
  EXPECT_FALSE(expected.empty());
  for (const size_t block : {1, 3, 32, 1000}) EXPECT_EQ(alarms(*detector->watch({}), values, block), expected) << block;
}

TEST_P(Watches, SeeErrorsThatBecomeMore) {
  Random random(2);
  const size_t before = 3000;
  const auto values = joined(errors(random, before, 0.2), errors(random, 1000, 0.6));
  const auto found = alarms(GetParam(), values);
  const auto seen = std::ranges::find_if(found, [&](const Alarm& alarm) { return alarm.at >= before; });
  ASSERT_NE(seen, found.end());
  EXPECT_EQ(seen->direction, 1);
}

TEST_P(Watches, NeverAlarmOnAConstant) {
  for (const double constant : {0.0, 1.0, 0.3, -7.1, 1e15 + 0.3, -1e300, 5e-324})
    EXPECT_TRUE(alarms(GetParam(), std::vector<double>(5000, constant)).empty()) << constant;
}

TEST_P(Watches, TakeAnyFiniteValue) {
  std::vector<double> values;
  Random random(3);
  for (int i = 0; i < 3000; ++i)
    values.push_back(std::ldexp(random() % 2 ? 1 : -1, static_cast<int>(random() % 2000) - 1000));
  const auto watch = make_detector(GetParam())->watch({});
  alarms(*watch, values);
  watch->save();
}

class WatchesOfNumbers : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Streams, WatchesOfNumbers,
                         ::testing::Values("adwin", "bocd", "cusum", "e_detector", "ewma", "kswin", "page_hinkley"),
                         detector_name);

TEST_P(WatchesOfNumbers, SeeAShiftEitherWayWhateverTheUnit) {
  for (const double unit : {1e-6, 1.0, 1e6})
    for (const double shift : {-2.0, 2.0}) {
      Random random(4);
      const auto reference = normal_values(random, 5000, 100 * unit, unit);
      const size_t before = 2000;
      const auto values = joined(normal_values(random, before, 100 * unit, unit),
                                 normal_values(random, 1500, (100 + shift) * unit, unit));
      const auto found = alarms(GetParam(), values, described(reference));
      const auto seen = std::ranges::find_if(found, [&](const Alarm& alarm) { return alarm.at >= before; });
      ASSERT_NE(seen, found.end()) << unit << " " << shift;
      EXPECT_EQ(seen->direction, shift > 0 ? 1 : -1) << unit;
    }
}

class WatchesOfErrors : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Streams, WatchesOfErrors,
                         ::testing::Values("ddm", "eddm", "fhddm", "hddm_a", "hddm_w", "rddm", "stepd"), detector_name);

TEST_P(WatchesOfErrors, RefuseASeriesThatIsNone) {
  Random random(5);
  const auto detector = make_detector(GetParam());
  try {
    detector->watch(described(normal_values(random, 1000)));
    FAIL() << "it watches";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
  EXPECT_NO_THROW(detector->watch(described(errors(random, 1000, 0.3))));
  EXPECT_NO_THROW(detector->watch(described(errors(random, 1000, 0.3), true)));
}

TEST_P(WatchesOfNumbers, SeeAShiftAfterAValueThatIsOutOfAllProportion) {
  Random random(8);
  const std::vector<double> usual = normal_values(random, 2000, 0, 0.01),
                            moved = normal_values(random, 20000, 0.1, 0.01);
  for (const double absurd : {1e160, -1e308, 1e308}) {
    const auto values = joined(joined(usual, {absurd}), moved);
    const auto found = alarms(GetParam(), values, described(usual));
    EXPECT_TRUE(std::ranges::any_of(found, [&](const Alarm& alarm) { return alarm.at > usual.size() + 1; })) << absurd;
  }
}

TEST_P(WatchesOfNumbers, SeeAShiftInSmallNumbersBetween0And1) {
  Random random(9);
  const std::vector<double> usual = normal_values(random, 5000, 5e-10, 1e-10),
                            moved = normal_values(random, 20000, 15e-10, 1e-10);
  Series series = described(usual);
  series.minimum = 0;
  EXPECT_FALSE(alarms(GetParam(), joined(usual, moved), series).empty());
}

TEST(OneSidedWatches, SeeAShiftAfterAValueFarOnTheOtherSide) {
  Random random(10);
  const std::vector<double> usual = normal_values(random, 2000, 0, 0.01),
                            moved = normal_values(random, 20000, -0.1, 0.01);
  for (const char* name : {"cusum", "page_hinkley"}) {
    const auto found = alarms(name, joined(joined(usual, {1e308}), moved), described(usual), {{"direction", "down"}});
    EXPECT_FALSE(found.empty()) << name;
  }
}

TEST(WatchesOfConstants, AreRefusedWhereDeviationsCount) {
  for (const char* name : {"bocd", "cusum", "ewma", "e_detector"}) try {
      make_detector(name)->watch(described(std::vector<double>(100, 4.0)));
      FAIL() << name << " watches";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << name;
    }
}

TEST(WatchesOfErrorsThatNeverWere, BeginAndSeeTheFirstFew) {
  Random random(6);
  const Series none = described(std::vector<double>(2000, 0.0), true);
  for (const char* name : {"bocd", "cusum", "ewma", "e_detector"}) {
    EXPECT_TRUE(alarms(name, std::vector<double>(5000, 0.0), none).empty()) << name;
    EXPECT_FALSE(alarms(name, errors(random, 2000, 0.1), none).empty()) << name;
  }
}

TEST(AdwinWatch, TellsTheMeansOnEitherSideOfTheCut) {
  const auto watch = make_detector("adwin")->watch({});
  std::vector<double> values(640, 0.0);
  values.resize(1280, 1.0);
  Signal signal;
  watch->update(values, signal);
  ASSERT_EQ(signal.level, SignalLevel::kAlarm);
  EXPECT_NEAR(signal.before, 0, 0.05);
  EXPECT_NEAR(signal.now, 1, 0.2);
  EXPECT_GT(signal.statistic, signal.threshold);
}

}  // namespace
}  // namespace veleta::testing
