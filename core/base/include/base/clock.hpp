#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace veleta {

/// Milliseconds since 1970-01-01 UTC, now.
int64_t now_ms();

/// "2026-11-24T10:03:56.120Z".
std::string format_time(int64_t time_ms);

/// Seconds since 1970-01-01 UTC of an ISO 8601 date or date and time ("2019-06-28", "2019-06-28T10:00:00.5+02:00",
/// a space for the T; no offset means UTC); nothing if the text is none, or names a day that the calendar lacks.
std::optional<double> parse_iso_time(std::string_view text);

/// "2019-06-28" where the time is a whole day, "2019-06-28T10:00:00Z" otherwise.
std::string format_iso_time(double seconds);

/// "90s", "15m", "1h", "2d" in seconds; nothing for another text, or one that is not above zero.
std::optional<int64_t> parse_duration_s(std::string_view text);

}  // namespace veleta
