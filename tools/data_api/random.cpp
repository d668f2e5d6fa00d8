#include "random.hpp"

#include <numeric>

namespace veleta::data_api {

WeightedChoice::WeightedChoice(const std::vector<double>& weights) : keep_(weights.size(), 1), other_(weights.size()) {
  const double mean = std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(weights.size());
  std::vector<double> share;
  std::vector<uint32_t> poor, rich;
  for (uint32_t i = 0; i < weights.size(); ++i) {
    share.push_back(weights[i] / mean);
    (share[i] < 1 ? poor : rich).push_back(i);
  }
  while (!poor.empty() && !rich.empty()) {
    const uint32_t giver = rich.back(), taker = poor.back();
    poor.pop_back();
    keep_[taker] = static_cast<float>(share[taker]);
    other_[taker] = giver;
    share[giver] -= 1 - share[taker];
    if (share[giver] < 1) {
      rich.pop_back();
      poor.push_back(giver);
    }
  }
}

uint32_t WeightedChoice::pick(Random& random) const {
  const uint32_t slot = random.below(static_cast<uint32_t>(keep_.size()));
  return random.uniform() < keep_[slot] ? slot : other_[slot];
}

}  // namespace veleta::data_api
