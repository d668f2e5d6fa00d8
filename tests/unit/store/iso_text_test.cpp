#include "iso_text.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <random>
#include <string>

namespace veleta {
namespace {

std::string written(double seconds) {
  IsoBuffer buffer;
  return std::string(write_iso(seconds, buffer));
}

// Seconds since 1970 as GNU date prints them (`date -u -d TEXT +%s`).
TEST(IsoText, IsReadableAndRight) {
  EXPECT_EQ(written(0), "1970-01-01");
  EXPECT_EQ(written(1561680000), "2019-06-28");
  EXPECT_EQ(written(1561716000), "2019-06-28T10:00:00Z");
  EXPECT_EQ(written(1561716000.5), "2019-06-28T10:00:00.5Z");
  EXPECT_EQ(written(951782400), "2000-02-29");
  EXPECT_EQ(written(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(written(-86400), "1969-12-31");
  EXPECT_EQ(written(-2208988800), "1900-01-01");
  EXPECT_EQ(written(-62167219200), "0000-01-01");
  EXPECT_EQ(written(253402300799), "9999-12-31T23:59:59Z");
}

TEST(IsoText, IsEmptyOutsideTheCalendar) {
  for (const double seconds : {253402300800.0, -62167219201.0, double(INFINITY), double(-INFINITY), std::nan("")})
    EXPECT_EQ(written(seconds), "");
}

TEST(IsoText, ReadsBackEqual) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const double seconds = std::uniform_real_distribution(-6e10, 2.5e11)(random);
    EXPECT_NEAR(read_iso(written(seconds)), seconds, 1e-9);
    EXPECT_EQ(read_iso(written(std::floor(seconds))), std::floor(seconds));
    const double recent = std::uniform_real_distribution(1e9, 2e9)(random);
    EXPECT_EQ(read_iso(written(recent)), recent);
  }
}

TEST(IsoText, ReadsWhatAPersonPutThere) {
  EXPECT_EQ(read_iso("2019-06-28 10:00"), 1561716000);
  EXPECT_EQ(read_iso("2019-06-28T12:00:00+02:00"), 1561716000);
  for (const char* text : {"", "yesterday", "2019-02-30", "2019-6-28", "2019-06-28T10:00:00.Z", "2019-06-28T1a:00:00Z"})
    EXPECT_TRUE(std::isnan(read_iso(text))) << text;
}

}  // namespace
}  // namespace veleta
