#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "trained_booster.hpp"

// The shapes of model that XGBoost trains, for tests that hold something against its own numbers.

namespace veleta::testing {

struct BoosterKind {
  std::string name;
  TrainedBooster::Parameters parameters;
  std::vector<float> BoosterRows::*target = &BoosterRows::number;
  size_t categorical_columns = 0;
};

/// A kind of model at a depth, of rows with that share of missing cells.
struct BoosterCase {
  BoosterKind kind;
  int depth;
  int missing_percent;
  friend void PrintTo(const BoosterCase& shown, std::ostream* out) {
    *out << shown.kind.name << "OfDepth" << shown.depth << "Missing" << shown.missing_percent;
  }

  static constexpr size_t kColumns = 6;
  BoosterRows rows(size_t count, uint32_t seed) const {
    return {count, kColumns, kind.categorical_columns, 40, missing_percent / 100.0, seed};
  }
};

/// Of every kind, shallow and deep, with and without missing cells.
inline std::vector<BoosterCase> booster_cases(const std::vector<BoosterKind>& kinds) {
  std::vector<BoosterCase> cases;
  for (const BoosterKind& kind : kinds)
    for (const int depth : {1, 3, 6, 10})
      for (const int missing_percent : {0, 30}) cases.push_back({kind, depth, missing_percent});
  return cases;
}

}  // namespace veleta::testing
