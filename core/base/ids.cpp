#include "base/ids.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <random>

namespace veleta {

namespace {

/// The device is asked once a thread: it takes microseconds each time.
std::mt19937_64 seeded_generator() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

}  // namespace

std::string new_id() {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  thread_local std::mt19937_64 random = seeded_generator();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  uint64_t time_ms = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());

  std::string id(26, '0');
  for (int i = 9; i >= 0; --i, time_ms >>= 5) id[i] = kAlphabet[time_ms & 31];
  for (int begin = 10; begin < 26; begin += 8) {
    uint64_t bits = random();
    for (int i = begin; i < begin + 8; ++i, bits >>= 5) id[i] = kAlphabet[bits & 31];
  }
  return id;
}

}  // namespace veleta
