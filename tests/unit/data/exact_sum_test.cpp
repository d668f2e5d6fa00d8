#include "data/exact_sum.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <random>
#include <vector>

namespace veleta {
namespace {

ExactMoments moments_of(const std::vector<double>& values) {
  ExactMoments moments;
  for (const double value : values) moments.add(value, 1);
  return moments;
}

TEST(ExactMoments, LoseNothingToCancellation) {
  const std::vector<double> values{1e308, 1e308, 1, -1e308, 5e-324, -1e308, -3};
  EXPECT_EQ(moments_of(values).mean(7), -2.0 / 7);
  EXPECT_EQ(moments_of({1e16, 1, -1e16}).mean(3), 1.0 / 3);
  EXPECT_EQ(moments_of({1, -1}).mean(2), 0);
}

TEST(ExactMoments, HoldTheLargestAndTheLeastNumbers) {
  ExactMoments largest;
  largest.add(DBL_MAX, uint64_t{1} << 53);
  EXPECT_EQ(largest.mean(uint64_t{1} << 53), DBL_MAX);
  EXPECT_EQ(largest.standard_deviation(uint64_t{1} << 53), 0);
  ExactMoments least;
  least.add(-5e-324, 3);
  EXPECT_EQ(least.mean(3), -5e-324);
  EXPECT_EQ(moments_of({DBL_MAX, -DBL_MAX}).standard_deviation(2), INFINITY) << "the square root of 2 more than fits";
  EXPECT_EQ(moments_of({DBL_MAX, -DBL_MAX, 0, 0, 0}).standard_deviation(5), DBL_MAX * std::sqrt(0.5));
  EXPECT_EQ(moments_of({1e-320, 3e-320, 2e-320}).standard_deviation(3), 1e-320);
}

TEST(ExactMoments, AreRoundedOnce) {
  // A mean of equal numbers is that number, and they do not scatter: naive sums of 0.1 give 0.10000000000000002.
  for (const double value : {0.1, 1.0 / 3, 1e-300, 123456.789}) {
    ExactMoments moments;
    moments.add(value, 10);
    EXPECT_EQ(moments.mean(10), value);
    EXPECT_EQ(moments.standard_deviation(10), 0);
  }
  // Of 1e9 + {4, 7, 13, 16} the textbook formula in doubles gives nonsense (Knuth, TAOCP 2, 4.2.2).
  EXPECT_EQ(moments_of({1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}).standard_deviation(4), std::sqrt(30.0));
  // Halfway between two doubles the even one is taken, and anything more tips it.
  EXPECT_EQ(moments_of({1, 1 + DBL_EPSILON}).mean(2), 1);
  EXPECT_EQ(moments_of({1 + DBL_EPSILON, 1 + 2 * DBL_EPSILON}).mean(2), 1 + 2 * DBL_EPSILON);
}

TEST(ExactMoments, DoNotDependOnOrderOrGrouping) {
  std::mt19937_64 random(7);
  std::vector<double> values;
  for (int i = 0; i < 3000; ++i)
    values.push_back(std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 1900) - 1000) *
                     (random() % 2 ? 1 : -1));
  const ExactMoments straight = moments_of(values);
  for (int round = 0; round < 20; ++round) {
    std::ranges::shuffle(values, random);
    ExactMoments grouped;
    for (size_t begin = 0, end; begin < values.size(); begin = end) {
      end = std::min(values.size(), begin + random() % 500);
      grouped.add(moments_of({values.begin() + static_cast<long>(begin), values.begin() + static_cast<long>(end)}));
    }
    ASSERT_EQ(grouped, straight);
  }
}

TEST(ExactMoments, SurviveTheirMagnitudes) {
  for (const auto& values : std::vector<std::vector<double>>{{}, {-1.5}, {5e-324}, {DBL_MAX, DBL_MAX}, {-1e-300, 7}}) {
    const ExactMoments moments = moments_of(values);
    const auto again = [](const WideInteger& wide) { return WideInteger::of(wide.magnitude(), wide.is_negative()); };
    EXPECT_EQ(ExactMoments::of(again(moments.sum()), again(moments.squares())), moments);
  }
}

TEST(ExactMoments, KnowWhatNumbersCannotHave) {
  const ExactMoments moments = moments_of({1, 2, 6});
  EXPECT_TRUE(moments.is_possible(3, 1, 6));
  EXPECT_FALSE(moments.is_possible(3, 1, 2.5));
  EXPECT_FALSE(moments.is_possible(3, 3.5, 6));
  EXPECT_FALSE(ExactMoments::of(moments.sum(), moments_of({1, 5}).squares()).is_possible(3, 1, 6))
      << "squares of less than the mean's";
}

}  // namespace
}  // namespace veleta
