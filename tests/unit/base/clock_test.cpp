#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace veleta {
namespace {

TEST(Duration, HasAUnit) {
  EXPECT_EQ(parse_duration_s("90s"), 90);
  EXPECT_EQ(parse_duration_s("15m"), 900);
  EXPECT_EQ(parse_duration_s("1h"), 3600);
  EXPECT_EQ(parse_duration_s("2d"), 172800);
  for (const char* wrong : {"", "1", "h", "0h", "-1h", "1.5h", "1w", "1h ", "h1", "+1h", "9999999999d"})
    EXPECT_EQ(parse_duration_s(wrong), std::nullopt);
}

}  // namespace
}  // namespace veleta
