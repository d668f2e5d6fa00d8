#include "config/cron.hpp"

#include <gmock/gmock.h>

#include "base/clock.hpp"
#include "veleta/error.hpp"

namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The next times after one, in ISO 8601.
std::vector<std::string> next(const std::string& fields, const std::string& after, int count) {
  const CronTimes times(fields);
  std::vector<std::string> found;
  auto time_ms = static_cast<int64_t>(parse_iso_time(after).value() * 1000);
  for (int i = 0; i < count; ++i) {
    time_ms = times.next_after(time_ms).value();
    found.push_back(format_iso_time(static_cast<double>(time_ms) / 1000));
  }
  return found;
}

// The expected times are those of croniter 7.0.0, a Python library: croniter(fields, after).get_next().
TEST(CronTimes, AreThoseOfCron) {
  EXPECT_THAT(next("*/20 * * * *", "2026-11-26T10:39:59Z", 3),
              ElementsAre("2026-11-26T10:40:00Z", "2026-11-26T11:00:00Z", "2026-11-26T11:20:00Z"));
  EXPECT_THAT(next("30 6 * * mon-fri", "2026-11-27T06:30:00Z", 2),
              ElementsAre("2026-11-30T06:30:00Z", "2026-12-01T06:30:00Z"));
  EXPECT_THAT(next("0 0 29 feb *", "2026-01-01", 2), ElementsAre("2028-02-29", "2032-02-29"));
  EXPECT_THAT(next("0 12 13 * fri", "2026-11-01", 4), ElementsAre("2026-11-06T12:00:00Z", "2026-11-13T12:00:00Z",
                                                                  "2026-11-20T12:00:00Z", "2026-11-27T12:00:00Z"));
  EXPECT_THAT(next("5,10 8-18/5 1 1,7 *", "2026-01-01T08:05:00Z", 3),
              ElementsAre("2026-01-01T08:10:00Z", "2026-01-01T13:05:00Z", "2026-01-01T13:10:00Z"));
  EXPECT_THAT(next("0 0 * * 7", "2026-11-26", 1), ElementsAre("2026-11-29"));
  EXPECT_THAT(next("59 23 31 12 *", "2026-12-31T23:59:00Z", 1), ElementsAre("2027-12-31T23:59:00Z"));
}

TEST(CronTimes, MayNeverCome) { EXPECT_EQ(CronTimes("0 0 30 feb *").next_after(0), std::nullopt); }

TEST(CronTimes, TellWhichFieldIsWrong) {
  const auto problem = [](const std::string& fields) {
    try {
      CronTimes times(fields);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(problem("* * * *"), HasSubstr("expected five fields, minute hour day month weekday, found 4"));
  EXPECT_THAT(problem("60 * * * *"), HasSubstr("expected minute as *, a number from 0 to 59"));
  EXPECT_THAT(problem("* * * foo *"), HasSubstr("expected month"));
  EXPECT_THAT(problem("* * 0 * *"), HasSubstr("expected day"));
  EXPECT_THAT(problem("* 9-8 * * *"), HasSubstr("expected hour"));
  EXPECT_THAT(problem("*/0 * * * *"), HasSubstr("expected minute"));
  EXPECT_THAT(problem("1, * * * *"), HasSubstr("expected minute"));
  EXPECT_THAT(problem("* * * * fri-"), HasSubstr("expected weekday"));
}

}  // namespace
}  // namespace veleta
