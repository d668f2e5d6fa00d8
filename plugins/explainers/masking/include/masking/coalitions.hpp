#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace masking {

/// A set of players, as bits.
class Coalition {
 public:
  explicit Coalition(size_t players) : words_((players + 63) / 64, 0) {}

  bool contains(size_t player) const { return words_[player / 64] >> player % 64 & 1; }
  void add(size_t player) { words_[player / 64] |= bit(player); }
  void remove(size_t player) { words_[player / 64] &= ~bit(player); }
  std::span<const uint64_t> words() const { return words_; }
  auto operator<=>(const Coalition&) const = default;

 private:
  static uint64_t bit(size_t player) { return uint64_t{1} << player % 64; }
  std::vector<uint64_t> words_;
};

/// All players but those of `coalition`.
inline Coalition complement(const Coalition& coalition, size_t players) {
  Coalition others(players);
  for (size_t player = 0; player < players; ++player)
    if (!coalition.contains(player)) others.add(player);
  return others;
}

}  // namespace masking
