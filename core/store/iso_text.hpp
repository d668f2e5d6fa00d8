#pragma once

#include <array>
#include <string_view>

namespace veleta {

/// Room for one time as text.
using IsoBuffer = std::array<char, 32>;

/// A time as CLEAN keeps it: "2019-06-28", or "2019-06-28T10:00:00Z" where it is no whole day, with up to nine digits
/// of a second's fraction; reads back equal to the nanosecond. Empty where the year is not one of 0 to 9999.
std::string_view write_iso(double seconds, IsoBuffer& buffer);

/// Seconds since 1970-01-01 UTC of what write_iso wrote, or of another ISO 8601 time; NaN if the text is none.
double read_iso(std::string_view text);

}  // namespace veleta
