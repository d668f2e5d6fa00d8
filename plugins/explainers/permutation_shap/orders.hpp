#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace permutation_shap {

using Order = std::vector<size_t>;

/// Orders of `players`, each of which stands for itself and its opposite.
struct Orders {
  std::vector<Order> orders;
  bool is_all = false;  ///< with their opposites they are all there are: means over them are exact
};

/// All orders, where with their opposites they are no more than `pairs` pairs; else `pairs` random ones.
Orders make_orders(size_t players, size_t pairs, uint64_t seed);

}  // namespace permutation_shap
