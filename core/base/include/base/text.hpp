#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace veleta {

/// The candidate that `name` most likely meant: the least edit distance, if it is small against the name's length.
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& candidates);

/// " Did you mean 'ks'?", or nothing where no candidate is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

/// The texts with `separator` between them.
std::string join(const std::vector<std::string>& texts, std::string_view separator);

/// `name` written with [a-z0-9_] alone, other characters as '_': safe as a file's or a table's name.
std::string identifier(std::string_view name);

/// The text, or as much of its beginning as fits into `max_bytes` with "..." after it; no UTF-8 character is cut in
/// two.
std::string clipped(std::string_view text, size_t max_bytes);

/// A whole number with thousands separators: "1,084,909".
std::string with_thousands(double number);

/// A count of bytes for people: "21.3 MB".
std::string human_bytes(double bytes);

}  // namespace veleta
