#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "detector_under_test.hpp"
#include "veleta/error.hpp"

// What is particular to one numeric test; numbers_test and edge_cases_test hold what is common to all.

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

std::vector<double> rounded(std::vector<double> values) {
  for (double& value : values) value = std::round(value);
  return values;
}

TEST(KolmogorovSmirnov, IsNoRarerThanWindowsThatLieWhollyApart) {
  std::vector<double> reference(100'000);
  for (size_t i = 0; i < reference.size(); ++i) reference[i] = static_cast<double>(i) / 1e5;
  const Numbers before(reference);
  // 2 n! m! / (n + m)!
  EXPECT_NEAR(compare("ks", before, Numbers({5})).p_value, 2.0 / 100'001, 1e-12);
  EXPECT_NEAR(compare("ks", before, Numbers({5, 6})).p_value, 4.0 / 100'001 / 100'002, 1e-15);
  const double of_sixty = std::exp(std::log(2) + std::lgamma(100'001) + std::lgamma(61) - std::lgamma(100'061));
  EXPECT_NEAR(compare("ks", before, Numbers(std::vector<double>(60, 7))).p_value / of_sixty, 1, 1e-6);
}

// Numbers of scipy 1.17.1: cramervonmises_2samp, mannwhitneyu, ttest_ind, epps_singleton_2samp, anderson_ksamp.
TEST(CramerVonMises, CountsPathsInSmallWindows) {
  const auto alike = compare("cramer_von_mises", Numbers({1, 2, 4, 6, 9, 12, 13}), Numbers({3, 5, 7, 8, 10, 11}));
  EXPECT_NEAR(alike.statistic, 0.09523809523809534, 1e-12);
  EXPECT_NEAR(alike.p_value, 0.6818181818181818, 1e-12);
  const auto apart =
      compare("cramer_von_mises", Numbers({1, 2, 3, 5, 7, 10}), Numbers({4, 6, 8, 9, 11, 12, 13, 14, 15}));
  EXPECT_NEAR(apart.statistic, 0.6, 1e-12);
  EXPECT_NEAR(apart.p_value, 0.022377622377622378, 1e-12);
}

TEST(CramerVonMises, TakesTiesAsMidranksDo) {
  const auto result = compare("cramer_von_mises", Numbers({1, 1, 2, 2, 3, 3, 3, 5}), Numbers({2, 2, 3, 4, 4, 5, 5, 6}));
  EXPECT_NEAR(result.statistic, 0.34375, 1e-12);
  EXPECT_NEAR(result.p_value, 0.105, 0.02);
}

// scipy's statistic is above 100 here, and its p-value below 1e-6, for any two windows from this distribution.
TEST(CramerVonMises, DoesNotTakeTiesInUnequalWindowsForDrift) {
  Random random(41);
  const Numbers reference(rounded(normal_values(random, 2000))), current(rounded(normal_values(random, 200)));
  EXPECT_GT(compare("cramer_von_mises", reference, current).p_value, 0.01);
}

TEST(AndersonDarling, GoesOnBeyondTheCustomaryTable) {
  Random random(42);
  const Numbers reference(normal_values(random, 300));
  const auto far = compare("anderson_darling", reference, Numbers(normal_values(random, 300, 1)));
  EXPECT_LT(far.p_value, 1e-20);
  EXPECT_GT(far.p_value, 0);
  const auto alike = compare("anderson_darling", reference, reference);
  EXPECT_EQ(alike.p_value, 1);
}

TEST(AndersonDarling, SeesTailsThatKsDoesNot) {
  Random random(43);
  const Numbers before(normal_values(random, 2000)), after(normal_values(random, 2000, 0, 1.15));
  EXPECT_LT(compare("anderson_darling", before, after).p_value, compare("ks", before, after).p_value / 10);
}

TEST(Kuiper, CountsTheOrdersInWhichWindowsLieApart) {
  EXPECT_NEAR(compare("kuiper", Numbers({1, 2, 3}), Numbers({4, 5, 6})).p_value, 6.0 / 20, 1e-12);
}

TEST(Kuiper, SeesAChangedSpreadAndGivesItNoDirection) {
  Random random(44);
  const auto result =
      compare("kuiper", Numbers(normal_values(random, 1000)), Numbers(normal_values(random, 1000, 0, 1.6)));
  EXPECT_TRUE(alarms(result));
  EXPECT_EQ(result.direction, 0);
  EXPECT_THAT(result.detail, HasSubstr("higher at"));
  EXPECT_THAT(result.detail, HasSubstr("lower at"));
}

TEST(MannWhitney, SaysHowOftenTheCurrentIsHigher) {
  const auto result = compare("mann_whitney", Numbers({1, 2, 3, 4}), Numbers({3.5, 4.5, 5.5, 6.5, 7.5}));
  EXPECT_EQ(result.statistic, 1);
  EXPECT_EQ(result.detail, "higher than the reference in 95 % of pairs");
  // 2 of the C(9, 4) = 126 orders have U = 0 or 1, and as many the other way.
  EXPECT_NEAR(result.p_value, 4.0 / 126, 1e-12);
}

TEST(MannWhitney, IsNeverSureOfAFewRowsThatAllLieApart) {
  const auto result = compare("mann_whitney", Numbers({1, 2, 3, 4, 5, 6}), Numbers({7, 8, 9, 10, 11, 12}));
  EXPECT_EQ(result.effect, 1);
  EXPECT_NEAR(result.effect_low, (6 - 3.841) / (6 + 3.841), 1e-3);
  EXPECT_EQ(result.effect_high, 1);
}

TEST(EppsSingleton, RefusesColumnsOfFewValues) {
  const auto refusal = [](const Numbers& reference, const Numbers& current) -> std::string {
    try {
      compare("epps_singleton", reference, current);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      return error.what();
    }
  };
  const Numbers constant(std::vector<double>(50, 7.0)), binary({0, 0, 1, 1, 0, 1, 0, 1});
  EXPECT_THAT(refusal(constant, constant), HasSubstr("half of the rows"));
  EXPECT_THAT(refusal(binary, binary), HasSubstr("five values or more"));
  EXPECT_THAT(refusal(Numbers({-1e300, 0, 1e300}), Numbers({-1e-300, 0, 1e-300})), HasSubstr("1e300 times"));
  EXPECT_THAT(refusal(constant, Numbers({})), HasSubstr("no present values"));
}

TEST(EppsSingleton, DoesNotMindWhereTheColumnLies) {
  Random random(45);
  auto before = normal_values(random, 400), after = normal_values(random, 300, 0.5);
  const auto here = compare("epps_singleton", Numbers(before), Numbers(after));
  for (auto* values : {&before, &after})
    for (double& value : *values) value += 1e6;
  EXPECT_NEAR(compare("epps_singleton", Numbers(before), Numbers(after)).statistic / here.statistic, 1, 1e-6);
}

const std::vector<double> kTwelve{39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8, 77, 1.5, 40, 41};
const std::vector<double> kEleven{38.7, 41.5, 43.8, 44.5, 45.5, 46.0, 47.7, 58.0, 12, 99, 3.5};

TEST(EppsSingleton, IsCorrectedBelow25Rows) {
  const auto result = compare("epps_singleton", Numbers(kEleven), Numbers(kTwelve));
  EXPECT_NEAR(result.statistic, 6.39579758793855, 1e-9);
  EXPECT_NEAR(result.p_value, 0.17147553407365262, 0.01) << "windows of almost one size";
}

TEST(AndersonDarling, TakesTiesAsMidranksDo) {
  auto tens = [](std::vector<double> values) {
    for (double& value : values) value = 10 * std::round(value / 10);
    return Numbers(values);
  };
  EXPECT_NEAR(compare("anderson_darling", tens(kEleven), tens(kTwelve)).statistic, -0.5234969039241142, 1e-9);
}

TEST(WelchT, TrimsAsYuen) {
  const auto by = [](double trim) {
    return make_detector("welch_t", {{"trim", trim}})
        ->compare(NumericSample(Numbers(kEleven)), NumericSample(Numbers(kTwelve)));
  };
  EXPECT_NEAR(by(0.1).statistic, 0.09074240270406643, 1e-9);
  EXPECT_NEAR(by(0.1).p_value, 0.9298386732203551, 1e-9);
  EXPECT_NEAR(by(0.2).statistic, 1.4239835960220844, 1e-9);
  EXPECT_NEAR(by(0.2).p_value, 0.19219103649002703, 1e-9);
}

TEST(WelchT, KeepsItsDigitsInTheTail) {
  Random random(46);
  const double p =
      compare("welch_t", Numbers(normal_values(random, 3000)), Numbers(normal_values(random, 3000, 0.9))).p_value;
  EXPECT_GT(p, 0);
  EXPECT_LT(p, 1e-150);
}

TEST(WelchT, RefusesWhatHasNoError) {
  const Numbers one({1.0}), some({1.0, 2.0, 3.0}), constant(std::vector<double>(50, 7.0)),
      other(std::vector<double>(50, 8.0));
  EXPECT_THROW(compare("welch_t", one, some), Error);
  EXPECT_THROW(compare("welch_t", some, one), Error);
  EXPECT_THROW(compare("welch_t", constant, other), Error);
  const auto alike = compare("welch_t", constant, constant);
  EXPECT_EQ(alike.p_value, 1);
  EXPECT_EQ(alike.effect, 0);
  compare("welch_t", Numbers({-1e300, 0, 1e300}), Numbers({-1e-300, 0, 1e-300}));
}

}  // namespace
}  // namespace veleta::testing
