#include "cells.hpp"

#include <simdjson.h>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "data/table.hpp"

namespace veleta {

namespace {

constexpr size_t kExactDigits = 15;  ///< so many decimal digits always survive a double

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A number written as [-]digits[.digits], in its parts; `plain` is false for any other text.
struct PlainDecimal {
  explicit PlainDecimal(std::string_view text) {
    negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const size_t point = std::min(text.find('.'), text.size());
    whole = text.substr(0, point);
    has_point = point < text.size();
    if (has_point) fraction = text.substr(point + 1);
    plain = !whole.empty() && (!has_point || !fraction.empty()) && std::ranges::all_of(whole, is_digit) &&
            std::ranges::all_of(fraction, is_digit);
    while (whole.size() > 1 && whole.starts_with('0')) whole.remove_prefix(1);
  }
  bool is_whole_number() const {
    return std::ranges::all_of(fraction, [](char c) { return c == '0'; });
  }

  bool plain = false;
  bool negative = false;
  bool has_point = false;
  std::string_view whole;  ///< without leading zeros
  std::string_view fraction;
};

std::string_view lower_case(std::string_view text, std::string& scratch) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (std::ranges::none_of(text, is_upper)) return text;
  scratch = text;
  for (char& c : scratch)
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  return scratch;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_missing_text(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() > 4 || (text[0] != 'N' && text[0] != 'n')) return false;
  return text == "NA" || text == "N/A" || text == "NaN" || text == "null" || text == "NULL" || text == "None";
}

std::optional<double> parse_number(std::string_view text) {
  // The last character keeps out "inf" and "nan", which from_chars takes.
  if (text.empty() || !(is_digit(text.back()) || text.back() == '.')) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view canonical_label(std::string_view text, bool fold_case, std::string& scratch) {
  if (!text.empty() && (is_digit(text[0]) || text[0] == '-')) {
    const PlainDecimal decimal(text);
    if (decimal.plain && decimal.is_whole_number() && decimal.whole.size() <= kExactDigits) {
      if (!decimal.negative || decimal.whole == "0") return decimal.whole;
      scratch.assign("-").append(decimal.whole);
      return scratch;
    }
  }
  return fold_case ? lower_case(text, scratch) : text;
}

bool is_plain_spelling(std::string_view text, double number) {
  const PlainDecimal decimal(text);
  if (!decimal.plain || decimal.whole.size() + decimal.fraction.size() > kExactDigits) return false;
  if (decimal.is_whole_number()) return true;
  const bool no_zeros_added = decimal.fraction.back() != '0' &&
                              text.size() == decimal.negative + decimal.whole.size() + 1 + decimal.fraction.size();
  return no_zeros_added && std::fabs(number) >= 1e-5;
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace veleta
