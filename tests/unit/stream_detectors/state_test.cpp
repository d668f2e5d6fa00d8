#include "streams/state.hpp"

#include "veleta/error.hpp"
#include "watched.hpp"

// A watch that is saved and loaded, and bytes that are none.

namespace veleta::testing {
namespace {

class States : public ::testing::TestWithParam<std::string> {
 protected:
  const std::shared_ptr<DetectorHandle> detector = make_detector(GetParam());

  /// Errors that become more, fewer and more again.
  static const std::vector<double>& values() {
    static const std::vector<double> made = [] {
      Random random(7);
      auto values = joined(errors(random, 3000, 0.2), errors(random, 1500, 0.6));
      return joined(joined(values, errors(random, 3000, 0.2)), errors(random, 1500, 0.7));
    }();
    return made;
  }

  std::string state_after(size_t count) const {
    const auto watch = detector->watch({});
    alarms(*watch, {values().begin(), values().begin() + static_cast<std::ptrdiff_t>(count)});
    return watch->save();
  }

  ErrorCode code_of_loading(const std::string& bytes) const {
    try {
      detector->load_watch(bytes);
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << "it loaded";
    return ErrorCode::kInternal;
  }
};

INSTANTIATE_TEST_SUITE_P(Streams, States, ::testing::ValuesIn(stream_detectors()), detector_name);

TEST_P(States, SavedAtAnyPointGoesOnAlike) {
  const auto whole = detector->watch({});
  const auto expected = alarms(*whole, values());
  ASSERT_FALSE(expected.empty());
  for (size_t cut = 0; cut <= values().size(); cut += 457) {
    const auto split = values().begin() + static_cast<std::ptrdiff_t>(cut);
    const auto first = detector->watch({});
    auto found = alarms(*first, {values().begin(), split});
    const auto second = detector->load_watch(first->save());
    for (Alarm alarm : alarms(*second, {split, values().end()})) {
      alarm.at += cut;
      found.push_back(alarm);
    }
    ASSERT_EQ(found, expected) << "saved after " << cut;
    ASSERT_EQ(second->save(), whole->save()) << "saved after " << cut;
  }
}

TEST_P(States, SavedRightAfterAnAlarmGoesOnAlike) {
  const auto watch = detector->watch({});
  Signal signal;
  const size_t taken = watch->update(values(), signal);
  ASSERT_EQ(signal.level, SignalLevel::kAlarm);
  const auto loaded = detector->load_watch(watch->save());
  const std::vector<double> rest(values().begin() + static_cast<std::ptrdiff_t>(taken), values().end());
  EXPECT_EQ(alarms(*loaded, rest), alarms(*watch, rest));
}

class StatesOfThoseThatWarn : public States {};
INSTANTIATE_TEST_SUITE_P(Streams, StatesOfThoseThatWarn,
                         ::testing::Values("ddm", "eddm", "hddm_a", "hddm_w", "rddm", "stepd"), detector_name);

TEST_P(StatesOfThoseThatWarn, KeepAWarning) {
  const auto watch = detector->watch({});
  Signal signal;
  for (const double value : values())
    if (watch->update({&value, 1}, signal); signal.level == SignalLevel::kWarning) break;
  ASSERT_EQ(signal.level, SignalLevel::kWarning);
  Signal loaded;
  detector->load_watch(watch->save())->update({}, loaded);
  EXPECT_EQ(loaded.level, SignalLevel::kWarning);
  EXPECT_EQ(loaded.statistic, signal.statistic);
}

TEST_P(States, DoNotGrowWithTheSeries) {
  Random random(8);
  const auto watch = detector->watch({});
  const size_t block = 50000;
  alarms(*watch, errors(random, block, 0.5));
  const size_t early = watch->save().size();
  for (int i = 0; i < 4; ++i) alarms(*watch, errors(random, block, 0.5));
  EXPECT_LE(watch->save().size(), early + 400) << "two more rows of adwin's buckets at most";
  EXPECT_LE(early, 4000U);
}

TEST_P(States, CutOffAnywhereAreBadData) {
  const std::string state = state_after(3200);
  for (size_t size = 0; size < state.size(); ++size)
    ASSERT_EQ(code_of_loading(state.substr(0, size)), ErrorCode::kBadData) << size;
  EXPECT_EQ(code_of_loading(state + '\0'), ErrorCode::kBadData);
}

TEST_P(States, DamagedAnywhereAreBadData) {
  const std::string state = state_after(3200);
  for (size_t at = 0; at < state.size(); ++at) {
    std::string damaged = state;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    ASSERT_EQ(code_of_loading(damaged), ErrorCode::kBadData) << at;
  }
}

TEST_P(States, MadeUpWithARightChecksumAreBadDataOrGoOn) {
  const std::string content(streams::unsealed(state_after(3200)));
  Random random(9);
  for (int i = 0; i < 3000; ++i) {
    std::string made_up = content;
    const size_t from = content.find('\n') + 1, count = 1 + random() % 8;
    const size_t at = from + random() % (content.size() - from - 8);
    const unsigned char byte = i % 3 == 0 ? 0xff : i % 3 == 1 ? 0x7f : static_cast<unsigned char>(random());
    for (size_t j = 0; j < count; ++j) made_up[at + j] = static_cast<char>(byte);
    try {
      const auto watch = detector->load_watch(streams::sealed(made_up));
      alarms(*watch, {values().begin(), values().begin() + 200});
      watch->save();
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kBadData) << error.what();
    }
  }
}

TEST_P(States, OfAnotherDetectorAreBadData) {
  for (const auto& other : stream_detectors())
    if (other != GetParam()) {
      EXPECT_EQ(code_of_loading(make_detector(other)->watch({})->save()), ErrorCode::kBadData) << other;
    }
}

TEST(StatesOfStreams, OfOtherParametersAreBadData) {
  const std::string state = make_detector("kswin", {{"window", int64_t{90}}})->watch({})->save();
  try {
    make_detector("kswin")->load_watch(state);
    FAIL() << "it loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    EXPECT_NE(std::string(error.what()).find("parameters"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace veleta::testing
