#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "masking/coalitions.hpp"

namespace kernel_shap {

/// Coalitions to ask for, each followed by its complement.
struct Design {
  struct Pair {
    double weight;  ///< of either of the two
    size_t draws;   ///< how often they were drawn; 0: they stand for themselves, as do all of their size
  };
  std::vector<masking::Coalition> coalitions;  ///< two for each pair
  std::vector<Pair> pairs;
  size_t draws = 0;  ///< of all pairs. 0: every coalition is there
};

/// About `samples` coalitions of `players`, without that of none and that of all. Sizes 1 and M - 1, 2 and M - 2, … are
/// taken as a whole while a size's share of the samples left, by the kernel's weight, holds all of its coalitions; from
/// the other sizes pairs are drawn, with replacement (Lundberg and Lee 2017, as in the shap package; pairs: Covert and
/// Lee 2021, arXiv 2012.01536). Sizes 1 and M - 1 always are taken, and at least kLeastDraws drawn where any is.
Design make_design(size_t players, size_t samples, uint64_t seed);

inline constexpr size_t kLeastDraws = 32;

}  // namespace kernel_shap
