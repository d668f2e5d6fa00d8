#include "drift/over_time.hpp"

#include <gmock/gmock.h>
#include <cmath>
#include <random>

#include "veleta/error.hpp"

namespace veleta {
namespace {

constexpr double kAlpha = 0.05;

/// In (0, 1), of the same numbers whatever the standard library.
double uniform(std::mt19937_64& random) { return (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53; }

struct Share {
  double false_share = 0;  ///< of false alarms among all alarms, on average over the runs; 0 of a run without any
  double found_share = 0;  ///< of true drifts
};

/// Many pipelines of many windows each; every so many-th window has drifted, which a p-value of u^8 shows.
template <typename Level>
Share simulate(int drift_every, Level&& level) {
  constexpr int kRuns = 1000, kWindows = 200;
  std::mt19937_64 random(20260711);
  double false_shares = 0, drifts = 0, found = 0;
  for (int run = 0; run < kRuns; ++run) {
    TestedWindows windows;
    double alarms = 0, false_alarms = 0;
    for (int window = 1; window <= kWindows; ++window) {
      const bool drifted = drift_every > 0 && window % drift_every == 0;
      const double p = drifted ? std::pow(uniform(random), 8) : uniform(random);
      const bool alarm = p <= level(windows);
      windows.add(alarm);
      alarms += alarm;
      false_alarms += alarm && !drifted;
      drifts += drifted;
      found += alarm && drifted;
    }
    if (alarms > 0) false_shares += false_alarms / alarms;
  }
  return {false_shares / kRuns, drifts > 0 ? found / drifts : 0};
}

double lord(const TestedWindows& windows) { return lord_level(windows, kAlpha); }
double same_each_time(const TestedWindows&) { return kAlpha; }

TEST(Lord, HoldsTheShareOfFalseAlarmsWhereNothingDrifts) {
  EXPECT_LE(simulate(0, lord).false_share, kAlpha);
  EXPECT_GT(simulate(0, same_each_time).false_share, 0.99) << "what it is there against";
}

TEST(Lord, HoldsTheShareOfFalseAlarmsAmongDrifts) {
  for (const int every : {2, 5, 20}) EXPECT_LE(simulate(every, lord).false_share, kAlpha) << "every " << every;
  EXPECT_GT(simulate(20, same_each_time).false_share, 0.4) << "what it is there against";
}

TEST(Lord, FindsWhatBonferronisCorrectionWouldNot) {
  const auto bonferroni = [](const TestedWindows&) { return kAlpha / 200; };
  EXPECT_GT(simulate(5, lord).found_share, simulate(5, bonferroni).found_share);
  EXPECT_GT(simulate(2, lord).found_share, simulate(5, lord).found_share) << "each drift found helps to find the next";
}

TEST(Lord, BeginsWithAShareOfAlphaAndEarnsMoreWithEachDrift) {
  // gamma_1 = 0.07720838 log 2, w0 = alpha / 10.
  EXPECT_NEAR(lord_level({}, kAlpha), 0.07720838 * std::log(2) * 0.005, 1e-12);
  EXPECT_LT(lord_level({10, {}}, kAlpha), lord_level({}, kAlpha));
  EXPECT_GT(lord_level({10, {10}}, kAlpha), lord_level({10, {3}}, kAlpha)) << "wealth decays";
  EXPECT_GT(lord_level({10, {9, 10}}, kAlpha), lord_level({10, {10}}, kAlpha));
  // gamma_2 w0 + gamma_1 (alpha - w0), by hand.
  const double second = 0.07720838 * std::log(2) / (2 * std::exp(std::sqrt(std::log(2.0))));
  EXPECT_NEAR(lord_level({1, {1}}, kAlpha), second * 0.005 + 0.07720838 * std::log(2) * 0.045, 1e-12);
}

TEST(TestedWindows, SurviveAsJson) {
  const TestedWindows windows{12, {1, 7, 12}};
  EXPECT_EQ(tested_windows_from_json(to_json(windows)), windows);
  for (const char* wrong : {R"({})", R"({"windows": 2, "drifted": [3]})", R"({"windows": 2, "drifted": [2, 1]})",
                            R"({"windows": 2, "drifted": "x"})", R"([])"})
    EXPECT_THROW(tested_windows_from_json(parse_json(wrong, "test")), Error) << wrong;
}

}  // namespace
}  // namespace veleta
