#include <bit>
#include <cmath>
#include <numeric>

#include "bocd/run_lengths.hpp"
#include "veleta/error.hpp"
#include "watched.hpp"

// Bayesian online change-point detection: against sums over every way to change, and with few runs against all.

namespace veleta::testing {
namespace {

using bocd::Level;
using bocd::RunLengths;
using Segment = std::span<const double>;

/// Of values around one level: the determinant and the inverse of their covariance, 1 on the diagonal and 1 / weight
/// everywhere, are known in closed form.
double log_normal_segment(Segment values, const Level& level) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value - level.mean, squares += (value - level.mean) * (value - level.mean);
  const auto count = static_cast<double>(values.size());
  return -0.5 * (std::log(1 + count / level.weight) + squares - sum * sum / (level.weight + count));
}

double log_beta(double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }

double log_binary_segment(Segment values, const Level& level) {
  const double a = level.weight * level.mean, b = level.weight - a;
  const double ones = std::accumulate(values.begin(), values.end(), 0.0);
  return log_beta(a + ones, b + static_cast<double>(values.size()) - ones) - log_beta(a, b);
}

/// The log odds of changes after any of the values, the last included, against none: summed over all their choices.
double log_odds_of_all_choices(const std::vector<double>& values, const Level& first, const Level& fresh, double hazard,
                               double (*log_segment)(Segment, const Level&)) {
  double none = 0, any = 0;
  for (uint32_t changes = 0; changes < 1U << values.size(); ++changes) {
    const int count = std::popcount(changes);
    double log_joint = count * std::log(hazard) + (static_cast<int>(values.size()) - count) * std::log1p(-hazard);
    size_t begin = 0;
    for (size_t end = 1; end <= values.size(); ++end) {
      if (end < values.size() && !(changes >> (end - 1) & 1)) continue;
      log_joint += log_segment(Segment(values).subspan(begin, end - begin), begin == 0 ? first : fresh);
      begin = end;
    }
    (changes == 0 ? none : any) += std::exp(log_joint);
  }
  return std::log(any / none);
}

TEST(BocdRunLengths, OfNumbersAreTheSumsOverAllWaysToChange) {
  const std::vector<double> values{0.3, -1.1, 0.2, 2.9, 3.1, 2.2, 3.4, -0.7};
  const Level first{20, 0.1}, fresh{0.5, 0.2};
  const double hazard = 0.03;
  RunLengths runs;
  runs.begin(first);
  for (size_t i = 0; i < values.size(); ++i) {
    runs.take<bocd::Normal>(values[i], hazard, fresh, 100, RunLengths::Joined::kSum);
    const std::vector<double> so_far(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i + 1));
    EXPECT_NEAR(runs.log_odds(), log_odds_of_all_choices(so_far, first, fresh, hazard, log_normal_segment), 1e-12) << i;
  }
}

TEST(BocdRunLengths, OfErrorsAreTheSumsOverAllWaysToChange) {
  const std::vector<double> values{0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 1};
  const Level first{30, 0.1}, fresh{1, 0.5};
  const double hazard = 0.01;
  RunLengths runs;
  runs.begin(first);
  for (size_t i = 0; i < values.size(); ++i) {
    runs.take<bocd::Binary>(values[i], hazard, fresh, 100, RunLengths::Joined::kSum);
    const std::vector<double> so_far(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i + 1));
    EXPECT_NEAR(runs.log_odds(), log_odds_of_all_choices(so_far, first, fresh, hazard, log_binary_segment), 1e-12) << i;
  }
}

TEST(BocdWatch, AlarmsWithFewRunsNearlyAsSoonAsWithAll) {
  Random random(12);
  const size_t before = 2000;
  double few = 0, all = 0;
  for (int i = 0; i < 5; ++i) {
    const auto reference = described(normal_values(random, 5000));
    const auto values = joined(normal_values(random, before), normal_values(random, 1000, 0.4));
    for (auto* delay : {&few, &all}) {
      const auto found = alarms("bocd", values, reference, {{"runs", int64_t{delay == &few ? 64 : 100000}}});
      ASSERT_FALSE(found.empty());
      ASSERT_GE(found.front().at, before);
      *delay += static_cast<double>(found.front().at - before);
    }
  }
  EXPECT_LE(few, 1.1 * all);
}

TEST(BocdWatch, TellsTheLevelsAroundTheChangeAndItsOdds) {
  Random random(13);
  const auto watch = make_detector("bocd")->watch(described(normal_values(random, 5000, 10, 2)));
  Signal signal;
  const auto values = normal_values(random, 500, 13, 2);
  ASSERT_LT(watch->update(values, signal), values.size());
  EXPECT_GE(signal.statistic, signal.threshold);
  EXPECT_EQ(signal.threshold, 1);
  EXPECT_NEAR(signal.before, 10, 0.2);
  EXPECT_NEAR(signal.now, 13, 1.5);
}

TEST(BocdWatch, OfALevelThatIsGivenBeginsAtOnceWhateverTheHostKnows) {
  Random random(14);
  const Settings settings{{"mean", 0.0}, {"deviation", 1.0}};
  const auto values = joined(normal_values(random, 300), normal_values(random, 100, 3));
  for (const Series& series : {Series{}, described(normal_values(random, 1000, 50, 7))}) {
    const auto found = alarms("bocd", values, series, settings);
    ASSERT_FALSE(found.empty());
    EXPECT_GE(found.front().at, 300U);
    EXPECT_LE(found.front().at, 315U);
  }
}

TEST(BocdWatch, RefusesAStateOfMoreRunsThanItTellsApart) {
  RunLengths runs;
  runs.begin({1, 0});
  for (int i = 0; i < 50; ++i) runs.take<bocd::Normal>(0.1 * (i % 3), 0.01, {1, 0}, 20, RunLengths::Joined::kSum);
  EXPECT_TRUE(runs.is_sound(-1, 1, 20));
  EXPECT_FALSE(runs.is_sound(-1, 1, 19));
}

TEST(BocdWatch, OfHalfALevelIsRefused) {
  try {
    make_detector("bocd", {{"mean", 0.0}});
    FAIL() << "it is made";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find("deviation: expected beside mean"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace veleta::testing
