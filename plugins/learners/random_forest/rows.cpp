#include "rows.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>

namespace random_forest {
namespace {

/// The next number of the SplitMix64 sequence (Steele, Lea and Flood 2014).
uint64_t split_mix(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

}  // namespace

std::vector<size_t> even_sample(size_t rows, size_t wanted, uint64_t seed) {
  std::vector<size_t> chosen(std::min(rows, wanted));
  if (rows <= wanted) {
    std::iota(chosen.begin(), chosen.end(), size_t{0});
    return chosen;
  }
  for (size_t i = 0; i < wanted; ++i) {
    const size_t begin = i * rows / wanted, end = (i + 1) * rows / wanted;
    chosen[i] = begin + split_mix(seed) % (end - begin);
  }
  return chosen;
}

std::vector<size_t> thin_identical(const veleta::MatrixView& rows, const std::vector<size_t>& chosen, size_t most,
                                   uint64_t seed) {
  std::unordered_map<std::string_view, std::vector<size_t>> groups;  // places in `chosen`, by the bytes of the features
  for (size_t place = 0; place < chosen.size(); ++place) {
    const char* bytes = reinterpret_cast<const char*>(rows.row(chosen[place]));
    groups[{bytes, rows.columns * sizeof(float)}].push_back(place);
  }
  std::vector<size_t> kept;
  for (const auto& [features, places] : groups)
    for (size_t member : even_sample(places.size(), most, seed)) kept.push_back(chosen[places[member]]);
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace random_forest
