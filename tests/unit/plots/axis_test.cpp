#include "axis.hpp"

#include <gmock/gmock.h>
#include <cmath>
#include <limits>

namespace veleta {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::Lt;
using ::testing::SizeIs;

TEST(Axis, MapsItsEndsToItsPixels) {
  const Axis axis(-2, 6, 100, 500);
  EXPECT_DOUBLE_EQ(axis.pixel(-2), 100);
  EXPECT_DOUBLE_EQ(axis.pixel(6), 500);
  EXPECT_DOUBLE_EQ(axis.pixel(2), 300);
}

TEST(Axis, MapsLogarithmsWhereAsked) {
  const Axis axis(1, 10000, 0, 400, true);
  EXPECT_DOUBLE_EQ(axis.pixel(100), 200);
}

TEST(Axis, HasRoundTicks) {
  EXPECT_THAT(Axis(0, 4.1, 0, 450).ticks(), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Axis(-0.25, 0.3, 0, 270).ticks(), ElementsAre(DoubleEq(-0.2), 0, DoubleEq(0.2)));
  EXPECT_THAT(Axis(90, 12000, 0, 200, true).ticks(), ElementsAre(DoubleEq(100), DoubleEq(10000)));
}

TEST(Axis, OfOneValueHasThatValueInItsMiddle) {
  for (const double value : {0.0, 7.0, -1e-9, 1e300}) EXPECT_NEAR(Axis(value, value, 0, 100).pixel(value), 50, 1e-6);
  EXPECT_NEAR(Axis(3, 3, 0, 100, true).pixel(3), 50, 1e-6);
}

TEST(Axis, HasFewTicksHoweverGreatTheNumbers) {
  constexpr double kMost = std::numeric_limits<double>::max();
  for (const auto& axis : {Axis(-kMost, kMost, 0, 600), Axis(1e-300, 1e300, 0, 600, true), Axis(0, 1e-300, 0, 600)})
    EXPECT_THAT(axis.ticks(), SizeIs(Lt(40)));
  EXPECT_TRUE(std::isfinite(Axis(-kMost, kMost, 0, 600).pixel(kMost)));
}

TEST(ShortNumber, IsAsShortAsItTells) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(-0.351234), "-0.351");
  EXPECT_EQ(short_number(1234), "1230");
  EXPECT_EQ(short_number(250000), "250k");
  EXPECT_EQ(short_number(1.25e6), "1.25M");
  EXPECT_EQ(short_number(3e-7), "3.0e-07");
  EXPECT_EQ(short_number(999.7), "1000");
  EXPECT_EQ(short_number(std::nan("")), "–");
}

}  // namespace
}  // namespace veleta
