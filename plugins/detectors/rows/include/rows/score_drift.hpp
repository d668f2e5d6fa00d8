#pragma once

#include <veleta/detector.hpp>

#include "statistics/gap_test.hpp"

namespace veleta::rows {

/// The two-sample Kolmogorov–Smirnov test of what a model makes of rows. Subject: VELETA_OF_PREDICTIONS or
/// VELETA_OF_ATTRIBUTIONS.
template <int32_t Subject>
class ScoreDrift final : public NumericDetector {
 public:
  static constexpr int32_t kSubject = Subject;

  explicit ScoreDrift(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    constexpr double kExactRows = 1400;  // to 2 million steps
    return statistics::test_gap(reference, current, min_effect_, kExactRows);
  }

 private:
  double min_effect_;
};

}  // namespace veleta::rows
