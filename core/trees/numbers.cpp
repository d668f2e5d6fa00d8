#include "numbers.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

namespace veleta {

namespace {

constexpr std::string_view kBetweenNumbers = ", \t\r\n";

std::string quoted(std::string_view token) { return "'" + std::string(token.substr(0, 40)) + "'"; }

/// The nearest of the type's numbers; from_chars takes NaN and infinity in any case too.
template <typename Number>
Number parse(std::string_view token) {
  Number number{};
  const char* end = token.data() + token.size();
  const auto [stop, problem] = std::from_chars(token.data(), end, number);
  if (problem != std::errc() || stop != end)
    throw NotThatNumber{std::is_integral_v<Number> ? "a whole number"
                        : sizeof(Number) == 4      ? "a 32-bit floating-point number"
                                                   : "a number",
                        quoted(token)};
  return number;
}

/// What is whole though written as a fraction, in a range where doubles are exact.
int64_t whole(double number, std::string_view token) {
  constexpr double kExact = 9007199254740992;  // 2^53
  if (!(std::abs(number) <= kExact) || number != std::trunc(number))
    throw NotThatNumber{"a whole number", token.empty() ? std::to_string(number) : quoted(token)};
  return static_cast<int64_t>(number);
}

template <typename Number>
Number from_double(double number) {
  if constexpr (std::is_integral_v<Number>)
    return whole(number, {});
  else
    return static_cast<Number>(number);
}

}  // namespace

size_t ubjson_width(char type) {
  switch (type) {
    case 'i':
    case 'U': return 1;
    case 'I': return 2;
    case 'l':
    case 'd': return 4;
    case 'L':
    case 'D': return 8;
    default: return 0;
  }
}

float to_float(std::string_view text) { return parse<float>(text); }
double to_double(std::string_view text) { return parse<double>(text); }

int64_t to_whole_number(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem == std::errc() && stop == end) return number;
  if (text.find_first_of(".eE") == std::string_view::npos) return parse<int64_t>(text);
  return whole(parse<double>(text), text);
}

std::string_view NumberReader::token() {
  left_.remove_prefix(std::min(left_.find_first_not_of(kBetweenNumbers), left_.size()));
  const std::string_view token = left_.substr(0, left_.find_first_of(kBetweenNumbers));
  left_.remove_prefix(token.size());
  return token;
}

template <typename Number>
Number NumberReader::from_text(std::string_view token) const {
  if (token == "true") return 1;
  if (token == "false") return 0;
  if constexpr (std::is_integral_v<Number>)
    return to_whole_number(token);
  else
    return parse<Number>(token);
}

template <typename Integer>
Integer NumberReader::big_endian() {
  uint64_t bits = 0;
  for (unsigned char byte : left_.substr(0, sizeof(Integer))) bits = bits << 8 | byte;
  left_.remove_prefix(sizeof(Integer));
  return static_cast<Integer>(bits);
}

template <typename Number>
Number NumberReader::from_binary(char type) {
  switch (type) {
    case 'T': return 1;
    case 'F': return 0;
    case 'i': return static_cast<Number>(big_endian<int8_t>());
    case 'U': return static_cast<Number>(big_endian<uint8_t>());
    case 'I': return static_cast<Number>(big_endian<int16_t>());
    case 'l': return static_cast<Number>(big_endian<int32_t>());
    case 'L': return static_cast<Number>(big_endian<int64_t>());
    case 'd': return from_double<Number>(std::bit_cast<float>(big_endian<uint32_t>()));
    default: return from_double<Number>(std::bit_cast<double>(big_endian<uint64_t>()));
  }
}

template <typename Number>
Number NumberReader::next() {
  if (encoding_ == 'j') return from_text<Number>(token());
  if (encoding_ != 'm') return from_binary<Number>(encoding_);
  const char type = left_.front();
  left_.remove_prefix(1);
  return from_binary<Number>(type);
}

template float NumberReader::next<float>();
template double NumberReader::next<double>();
template int64_t NumberReader::next<int64_t>();

}  // namespace veleta
