#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace veleta::streams {

/// The last `capacity` bits, oldest first.
class LastBits {
 public:
  explicit LastBits(size_t capacity) : words_((capacity + 63) / 64), capacity_(capacity) {}

  size_t size() const { return static_cast<size_t>(size_); }
  bool is_full() const { return size() == capacity_; }
  bool operator[](size_t age_order) const { return bit((static_cast<size_t>(first_) + age_order) % capacity_); }

  /// Drops the oldest where there is no room; returns what was dropped, or false.
  bool push(bool value) {
    bool dropped = false;
    if (is_full()) {
      dropped = bit(static_cast<size_t>(first_));
      drop_oldest(1);
    }
    const size_t at = (static_cast<size_t>(first_) + size()) % capacity_;
    const uint64_t mask = uint64_t{1} << (at % 64);
    words_[at / 64] = value ? words_[at / 64] | mask : words_[at / 64] & ~mask;
    ++size_;
    return dropped;
  }

  void drop_oldest(size_t count) {
    first_ = (static_cast<size_t>(first_) + count) % capacity_;
    size_ -= count;
  }

  void clear() { first_ = size_ = 0; }

  size_t count_ones() const {
    size_t ones = 0;
    for (size_t i = 0; i < size(); ++i) ones += (*this)[i];
    return ones;
  }

  bool is_sound() const { return words_.size() == (capacity_ + 63) / 64 && size_ <= capacity_ && first_ < capacity_; }

  template <typename Self, typename Archive>
  static void exchange(Self& self, Archive& archive) {
    archive(self.words_, self.first_, self.size_);
  }

 private:
  bool bit(size_t at) const { return words_[at / 64] >> (at % 64) & 1; }

  std::vector<uint64_t> words_;
  size_t capacity_;
  uint64_t first_ = 0, size_ = 0;
};

}  // namespace veleta::streams
