#include "iso_text.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/clock.hpp"

namespace veleta {

namespace {

constexpr int64_t kDaySeconds = 86400;

char* put(char* out, int64_t number, int width) {
  for (int i = width - 1; i >= 0; --i, number /= 10) out[i] = static_cast<char>('0' + number % 10);
  return out + width;
}

char* put_day(char* out, const std::chrono::year_month_day& date) {
  out = put(out, static_cast<int>(date.year()), 4);
  *out++ = '-';
  out = put(out, static_cast<unsigned>(date.month()), 2);
  *out++ = '-';
  return put(out, static_cast<unsigned>(date.day()), 2);
}

char* put_fraction(char* out, int64_t nanoseconds) {
  if (nanoseconds == 0) return out;
  *out++ = '.';
  out = put(out, nanoseconds, 9);
  while (out[-1] == '0') --out;
  return out;
}

char* put_time_of_day(char* out, int64_t second, int64_t nanoseconds) {
  *out++ = 'T';
  out = put(out, second / 3600, 2);
  *out++ = ':';
  out = put(out, second / 60 % 60, 2);
  *out++ = ':';
  out = put_fraction(put(out, second % 60, 2), nanoseconds);
  *out++ = 'Z';
  return out;
}

/// The number that the digits at `text` spell, or -1 where one of them is no digit.
int64_t digits(const char* text, size_t count) {
  int64_t number = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

/// Days since 1970-01-01 of "2019-06-28", in `days`; false where the text begins otherwise.
bool read_day(std::string_view text, int64_t& days) {
  using namespace std::chrono;
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return false;
  const int64_t y = digits(text.data(), 4), m = digits(text.data() + 5, 2), d = digits(text.data() + 8, 2);
  const year_month_day date{year(static_cast<int>(y)), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (y < 0 || m < 0 || d < 0 || !date.ok()) return false;
  days = sys_days(date).time_since_epoch().count();
  return true;
}

/// The nanoseconds in "…T10:00:00.5Z", from the point to the Z; -1 where the text is another.
int64_t read_nanoseconds(std::string_view text) {
  if (text.size() == 20) return 0;
  const size_t count = text.size() - 21;
  if (text[19] != '.' || count < 1 || count > 9) return -1;
  int64_t nanoseconds = digits(text.data() + 20, count);
  for (size_t i = count; i < 9; ++i) nanoseconds *= 10;
  return nanoseconds;
}

}  // namespace

std::string_view write_iso(double seconds, IsoBuffer& buffer) {
  using namespace std::chrono;
  constexpr double kFirst = -62167219200.0, kEnd = 253402300800.0;  // 0000-01-01 and 10000-01-01
  if (!(seconds >= kFirst && seconds < kEnd)) return {};
  const double whole = std::floor(seconds);
  int64_t second = static_cast<int64_t>(whole);
  int64_t nanoseconds = std::llround((seconds - whole) * 1e9);
  if (nanoseconds == 1'000'000'000) {
    nanoseconds = 0;
    ++second;
  }
  const int64_t days_since = second >= 0 ? second / kDaySeconds : -((kDaySeconds - 1 - second) / kDaySeconds);
  const int64_t second_of_day = second - days_since * kDaySeconds;
  char* out = put_day(buffer.data(), sys_days(days(days_since)));
  if (second_of_day != 0 || nanoseconds != 0) out = put_time_of_day(out, second_of_day, nanoseconds);
  return {buffer.data(), static_cast<size_t>(out - buffer.data())};
}

double read_iso(std::string_view text) {
  int64_t days = 0;
  if (read_day(text, days)) {
    if (text.size() == 10) return static_cast<double>(days * kDaySeconds);
    if (text.size() >= 20 && text[10] == 'T' && text.back() == 'Z') {
      const int64_t hour = digits(text.data() + 11, 2), minute = digits(text.data() + 14, 2);
      const int64_t second = digits(text.data() + 17, 2), nanoseconds = read_nanoseconds(text);
      if (hour >= 0 && minute >= 0 && second >= 0 && nanoseconds >= 0)
        return static_cast<double>(days * kDaySeconds + hour * 3600 + minute * 60 + second) +
               static_cast<double>(nanoseconds) / 1e9;
    }
  }
  return parse_iso_time(text).value_or(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace veleta
