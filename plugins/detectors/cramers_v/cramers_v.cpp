#include "statistics/divergence_detector.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// Cramér's V of two windows that count alike, however many rows each has.
class CramersV final : public stats::DivergenceDetector {
 public:
  using DivergenceDetector::DivergenceDetector;

 private:
  stats::Evidence weigh(const stats::GroupCounts& groups) const override {
    auto evidence = stats::chi_squared_evidence(stats::kSquaredCramersV, groups);
    const auto pearson = stats::homogeneity(groups);
    if (pearson.degrees_of_freedom > 0)
      evidence.p_value = stats::chi_squared_sf(pearson.statistic, pearson.degrees_of_freedom);
    return evidence;
  }

  double shown(double square) const override { return std::sqrt(square); }
  double greatest(double) const override { return 1; }
};

}  // namespace

VELETA_DETECTOR(CramersV, "cramers_v", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest V, beyond what chance adds to it, that does not matter")
                    .min(0)
                    .max(1),
                veleta::statistics::bins_param(), veleta::statistics::rare_share_param())
