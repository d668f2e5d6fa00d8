#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "drift/drift.hpp"

namespace veleta {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::NanSensitiveDoubleEq;

constexpr double kNone = DriftResult::kNone;

// 0.01, 0.04, 0.03 of three: 0.03 = 3/1 * 0.01, and 0.04 for both others, since adjusted values keep the order.
TEST(BenjaminiHochberg, KeepsTheOrderGiven) {
  EXPECT_THAT(benjamini_hochberg({0.04, 0.01, 0.03}), ElementsAre(DoubleEq(0.04), DoubleEq(0.03), DoubleEq(0.04)));
}

TEST(BenjaminiHochberg, DoesNotCountTheUnknown) {
  EXPECT_THAT(benjamini_hochberg({kNone, 0.01, kNone, 0.02}),
              ElementsAre(NanSensitiveDoubleEq(kNone), DoubleEq(0.02), NanSensitiveDoubleEq(kNone), DoubleEq(0.02)));
}

TEST(BenjaminiHochberg, NeverExceedsOne) { EXPECT_THAT(benjamini_hochberg({1, 0.9}), ElementsAre(1, 1)); }

TEST(BenjaminiHochberg, OfNothingIsNothing) { EXPECT_TRUE(benjamini_hochberg({}).empty()); }

}  // namespace
}  // namespace veleta
