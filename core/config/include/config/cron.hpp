#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace veleta {

/// The times that five cron fields name, in UTC: minute, hour, day of the month, month, day of the week (0 or 7:
/// Sunday). A field is `*`, a number, a name (jan, mon), a range, a step (`*/5`, `8-18/2`), or several with commas. As
/// in crontab(5), where both day fields are restricted, either suffices.
class CronTimes {
 public:
  /// Throws kInvalidArgument that names the field, what it must be and what it is.
  explicit CronTimes(const std::string& fields);

  /// The first such time after `time_ms` (milliseconds since 1970-01-01 UTC); nothing where there is none in the next
  /// eight years, as of February 30th.
  std::optional<int64_t> next_after(int64_t time_ms) const;

 private:
  bool is_day(int64_t day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_day_ = false, any_weekday_ = false;
};

}  // namespace veleta
