#include "base/ids.hpp"

#include <unistd.h>
#include <chrono>
#include <cstdint>
#include <random>

namespace veleta {

namespace {

/// One call of the kernel's: std::random_device asks the processor for each word, which takes ten times as long. Keeps
/// no state that a forked process would share.
void fill_randomly(uint64_t (&words)[2]) {
  if (::getentropy(words, sizeof words) == 0) return;
  std::random_device device;
  for (uint64_t& word : words) word = uint64_t{device()} << 32 | device();
}

}  // namespace

std::string new_id() {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  uint64_t time_ms = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());

  std::string id(26, '0');
  for (int i = 9; i >= 0; --i, time_ms >>= 5) id[i] = kAlphabet[time_ms & 31];
  uint64_t words[2];
  fill_randomly(words);
  for (int i = 10; i < 26; ++i) {
    uint64_t& word = words[i % 2];
    id[i] = kAlphabet[word & 31];
    word >>= 5;
  }
  return id;
}

}  // namespace veleta
