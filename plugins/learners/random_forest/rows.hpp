#pragma once

#include <cstdint>
#include <vector>

#include "veleta/training.hpp"

namespace random_forest {

/// Indices of `wanted` rows out of `rows`, ascending: one of each of `wanted` equal stretches, picked by `seed`. All
/// rows where there are no more than wanted.
std::vector<size_t> even_sample(size_t rows, size_t wanted, uint64_t seed);

/// Thins groups of rows whose features are all the same to `most` rows each, as even_sample does. dlib splits such a
/// group row by row, in time that grows with its square.
std::vector<size_t> thin_identical(const veleta::MatrixView& rows, const std::vector<size_t>& chosen, size_t most,
                                   uint64_t seed);

}  // namespace random_forest
