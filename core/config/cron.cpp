#include "config/cron.hpp"

#include <fmt/format.h>
#include <array>
#include <charconv>
#include <chrono>
#include <sstream>
#include <vector>

#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr int64_t kMinute_ms = 60'000;
constexpr int64_t kMinutesOfDay = 24 * 60;
constexpr int64_t kSearchedDays = 8 * 366;

struct Field {
  const char* name;
  int least, most;
  std::vector<std::string_view> names;  ///< of the numbers from `first_name` on
  int first_name;
};

const std::array<Field, 5>& fields() {
  static const std::array<Field, 5> kFields{
      {{"minute", 0, 59, {}, 0},
       {"hour", 0, 23, {}, 0},
       {"day", 1, 31, {}, 0},
       {"month", 1, 12, {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}, 1},
       {"weekday", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, 0}}};
  return kFields;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  if (text.empty() || text.back() == separator) parts.emplace_back();
  return parts;
}

std::optional<int> parse_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

[[noreturn]] void refuse(const Field& field, const std::string& found) {
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("expected {} as *, a number from {} to {}, a range, a step or several with commas, found '{}'",
                  field.name, field.least, field.most, found));
}

int value_of(const Field& field, const std::string& text) {
  for (size_t i = 0; i < field.names.size(); ++i)
    if (text == field.names[i]) return field.first_name + static_cast<int>(i);
  const auto number = parse_number(text);
  if (!number || *number < field.least || *number > field.most) refuse(field, text);
  return *number;
}

/// "*", "4", "mon-fri", "*/5", "8-18/2": the numbers, in order.
std::vector<int> values_of(const Field& field, const std::string& item) {
  const auto parts = split(item, '/');
  const auto bounds = split(parts[0], '-');
  if (parts.size() > 2 || bounds.size() > 2) refuse(field, item);
  const bool is_any = parts[0] == "*";
  const int first = is_any ? field.least : value_of(field, bounds[0]);
  int last = is_any ? field.most : value_of(field, bounds.back());
  if (parts.size() == 2 && bounds.size() == 1) last = field.most;
  const int step = parts.size() == 2 ? parse_number(parts[1]).value_or(0) : 1;
  if (step < 1 || first > last) refuse(field, item);
  std::vector<int> values;
  for (int value = first; value <= last; value += step) values.push_back(value);
  return values;
}

template <size_t Count>
void read(const Field& field, const std::string& text, std::bitset<Count>& set) {
  for (const auto& item : split(text, ','))
    for (const int value : values_of(field, item)) set.set(static_cast<size_t>(value) % Count);
}

}  // namespace

CronTimes::CronTimes(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  if (words.size() != fields().size())
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("expected five fields, minute hour day month weekday, found {} in '{}'", words.size(), text));
  read(fields()[0], words[0], minutes_);
  read(fields()[1], words[1], hours_);
  read(fields()[2], words[2], days_);
  read(fields()[3], words[3], months_);
  read(fields()[4], words[4], weekdays_);
  any_day_ = words[2].starts_with('*');
  any_weekday_ = words[4].starts_with('*');
}

bool CronTimes::is_day(int64_t day) const {
  const std::chrono::sys_days date{std::chrono::days(day)};
  const std::chrono::year_month_day parts(date);
  if (!months_.test(static_cast<unsigned>(parts.month()))) return false;
  const bool in_days = days_.test(static_cast<unsigned>(parts.day()));
  const bool in_week = weekdays_.test(std::chrono::weekday(date).c_encoding());
  if (any_day_ || any_weekday_) return in_days && in_week;
  return in_days || in_week;
}

std::optional<int64_t> CronTimes::next_after(int64_t time_ms) const {
  const int64_t first_minute = time_ms / kMinute_ms + 1;
  for (int64_t day = first_minute / kMinutesOfDay; day < first_minute / kMinutesOfDay + kSearchedDays; ++day) {
    if (!is_day(day)) continue;
    for (int64_t minute = std::max(first_minute, day * kMinutesOfDay); minute < (day + 1) * kMinutesOfDay; ++minute) {
      const auto of_day = static_cast<size_t>(minute - day * kMinutesOfDay);
      if (hours_.test(of_day / 60) && minutes_.test(of_day % 60)) return minute * kMinute_ms;
    }
  }
  return std::nullopt;
}

}  // namespace veleta
