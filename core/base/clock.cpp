#include "base/clock.hpp"

#include <fmt/format.h>
#include <charconv>
#include <chrono>
#include <cmath>

namespace veleta {

namespace {

/// Reads exactly `width` digits off the front of `text`.
bool take_number(std::string_view& text, size_t width, int& out) {
  if (text.size() < width) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + width, out);
  if (error != std::errc() || end != text.data() + width || text[0] == '-') return false;
  text.remove_prefix(width);
  return true;
}

bool take(std::string_view& text, char character) {
  if (text.empty() || text[0] != character) return false;
  text.remove_prefix(1);
  return true;
}

bool take_fraction(std::string_view& text, double& seconds) {
  if (!take(text, '.')) return true;
  double scale = 0.1;
  bool any = false;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), scale /= 10) {
    seconds += (text[0] - '0') * scale;
    any = true;
  }
  return any;
}

bool take_offset(std::string_view& text, double& offset_s) {
  if (text.empty() || take(text, 'Z')) return true;
  const double sign = text[0] == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return false;
  int hours = 0, minutes = 0;
  if (!take_number(text, 2, hours)) return false;
  take(text, ':');
  if (!text.empty() && !take_number(text, 2, minutes)) return false;
  offset_s = sign * (hours * 3600 + minutes * 60);
  return hours < 24 && minutes < 60;
}

}  // namespace

int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string format_time(int64_t time_ms) {
  const std::string day_and_time = format_iso_time(std::floor(static_cast<double>(time_ms) / 1000) + 0.0);
  const int64_t milliseconds = ((time_ms % 1000) + 1000) % 1000;
  const std::string full = day_and_time.size() == 10 ? day_and_time + "T00:00:00Z" : day_and_time;
  return fmt::format("{}.{:03}Z", full.substr(0, 19), milliseconds);
}

std::optional<double> parse_iso_time(std::string_view text) {
  using namespace std::chrono;
  int year_number = 0, month_number = 0, day_number = 0;
  if (!take_number(text, 4, year_number) || !take(text, '-') || !take_number(text, 2, month_number) ||
      !take(text, '-') || !take_number(text, 2, day_number))
    return std::nullopt;
  const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number))};
  if (!date.ok()) return std::nullopt;
  double seconds = static_cast<double>(sys_days(date).time_since_epoch().count()) * 86400.0;
  if (text.empty()) return seconds;

  int hour = 0, minute = 0, second = 0;
  double fraction = 0, offset_s = 0;
  if ((!take(text, 'T') && !take(text, ' ')) || !take_number(text, 2, hour) || !take(text, ':') ||
      !take_number(text, 2, minute))
    return std::nullopt;
  if (take(text, ':') && (!take_number(text, 2, second) || !take_fraction(text, fraction))) return std::nullopt;
  if (!take_offset(text, offset_s) || !text.empty() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return seconds + hour * 3600 + minute * 60 + second + fraction - offset_s;
}

std::string format_iso_time(double seconds) {
  using namespace std::chrono;
  const double day_count = std::floor(seconds / 86400.0);
  const year_month_day date{sys_days(days(static_cast<int64_t>(day_count)))};
  std::string day_text = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  const int rest = static_cast<int>(seconds - day_count * 86400.0);
  if (rest == 0) return day_text;
  return fmt::format("{}T{:02}:{:02}:{:02}Z", day_text, rest / 3600, rest / 60 % 60, rest % 60);
}

std::optional<int64_t> parse_duration_s(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t unit_s = 0;
  switch (text.back()) {
    case 's': unit_s = 1; break;
    case 'm': unit_s = 60; break;
    case 'h': unit_s = 3600; break;
    case 'd': unit_s = 86400; break;
    default: return std::nullopt;
  }
  int32_t number = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 1) return std::nullopt;
  return number * unit_s;
}

}  // namespace veleta
