#pragma once

#include <string>
#include <vector>

#include "veleta/drift.hpp"

namespace veleta::contract {

/// Rows of one window as a binary model sees them, which owns its values.
class Rows {
 public:
  /// `count` rows of three features around `mean`; the target is likelier 1 where the first is large.
  Rows(uint64_t seed, size_t count, double mean);
  RowSample sample() const;

 private:
  std::vector<float> features_;
  std::vector<double> predictions_, targets_, part_rows_;
};

struct RowPair {
  std::string name;
  Rows reference, current;
};

std::vector<RowPair> row_pairs();

}  // namespace veleta::contract
