#pragma once

#include <string>
#include <string_view>

namespace veleta::sql {

/// PostgreSQL keeps UTF-8 without U+0000 alone. A text that is something else is kept as U+FDD0 (which Unicode reserves
/// for such uses) and its bytes, percent-encoded where they are not printable ASCII; so is a text that begins with
/// U+FDD0. So every text comes back as it went in, and equal texts stay equal.
///
/// The text as it is kept: itself, or made in `buffer`.
std::string_view to_kept_text(std::string_view text, std::string& buffer);
/// The text that is kept so: itself, or made in `buffer`. Throws kBadData where it is not what to_kept_text made.
std::string_view from_kept_text(std::string_view kept, std::string& buffer);

}  // namespace veleta::sql
