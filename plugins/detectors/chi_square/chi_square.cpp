#include "statistics/homogeneity_detector.hpp"

namespace {

/// Pearson's chi-squared test of homogeneity.
class ChiSquare final : public veleta::statistics::HomogeneityDetector {
 public:
  using HomogeneityDetector::HomogeneityDetector;
};

}  // namespace

VELETA_DETECTOR(ChiSquare, "chi_square", "1.0.0", veleta::statistics::min_v_param(),
                veleta::statistics::min_expected_param(5))
