#include "base/ids.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <random>

namespace veleta {

std::string new_id() {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  thread_local std::random_device random;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  uint64_t time_ms = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());

  std::string id(26, '0');
  for (int i = 9; i >= 0; --i, time_ms >>= 5) id[i] = kAlphabet[time_ms & 31];
  for (int i = 10; i < 26; ++i) id[i] = kAlphabet[random() & 31];
  return id;
}

}  // namespace veleta
