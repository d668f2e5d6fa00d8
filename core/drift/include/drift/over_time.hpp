#pragma once

#include <cstdint>
#include <vector>

#include "base/json.hpp"

namespace veleta {

/// What windows tested one after the other have come to so far.
struct TestedWindows {
  int64_t count = 0;
  std::vector<int64_t> rejected = {};  ///< which of them, from 1, were called drifted; ascending

  void add(bool is_rejected) {
    ++count;
    if (is_rejected) rejected.push_back(count);
  }
  bool operator==(const TestedWindows&) const = default;
};

/// The level to test the next window at, so that over all windows ever tested at such levels the expected share of
/// false ones among those called drifted stays at most `alpha`: LORD++, Ramdas, Yang, Wainwright and Jordan (2017)
/// "Online control of the false discovery rate with decaying memory", eq. 9, which improves on LORD of Javanmard and
/// Montanari (2018); with w0 = alpha / 10 and their gamma_j = C log(max(j, 2)) / (j exp(sqrt(log j))). Holds where a
/// true null's p-value is uniform, or larger, given the windows before. Pure.
double lord_level(const TestedWindows& earlier, double alpha);

json::value to_json(const TestedWindows& windows);
/// Throws kBadData.
TestedWindows tested_windows_from_json(const json::value& value);

}  // namespace veleta
