#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

// Numbers in the byte order of PostgreSQL's binary formats.
namespace veleta::sql {

template <typename Unsigned>
void put_big_endian(char* out, Unsigned number) {
  for (size_t i = sizeof number; i-- > 0; number = static_cast<Unsigned>(uint64_t{number} >> 8))
    out[i] = static_cast<char>(number);
}

template <typename Unsigned>
Unsigned get_big_endian(const char* in) {
  Unsigned number = 0;
  for (size_t i = 0; i < sizeof number; ++i)
    number = static_cast<Unsigned>(uint64_t{number} << 8 | static_cast<unsigned char>(in[i]));
  return number;
}

}  // namespace veleta::sql
