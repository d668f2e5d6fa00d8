#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace veleta {

/// Thrown where a number is not of the type that was asked for.
struct NotThatNumber {
  std::string expected;
  std::string found;
};

/// Bytes that a UBJSON number of the type takes; 0 if there is no such type.
size_t ubjson_width(char type);

/// Reads numbers one after the other, as DocumentNode says that they stand.
class NumberReader {
 public:
  NumberReader(char encoding, std::string_view content) : encoding_(encoding), left_(content) {}

  /// The next number, as float, double or int64_t; whole numbers may be written as 4.0 or 4E0, booleans are 0 and 1.
  /// Throws NotThatNumber.
  template <typename Number>
  Number next();

 private:
  std::string_view token();
  template <typename Number>
  Number from_text(std::string_view token) const;
  template <typename Number>
  Number from_binary(char type);
  template <typename Integer>
  Integer big_endian();

  char encoding_;
  std::string_view left_;
};

/// The number that all of the text is: 1E-3, NaN, Infinity, -inf. Throws NotThatNumber.
float to_float(std::string_view text);
double to_double(std::string_view text);
int64_t to_whole_number(std::string_view text);

}  // namespace veleta
