#include "statistics/divergence_detector.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// Hellinger's distance.
class Hellinger final : public stats::DivergenceDetector {
 public:
  using DivergenceDetector::DivergenceDetector;

 private:
  stats::Evidence weigh(const stats::GroupCounts& groups) const override {
    return stats::chi_squared_evidence(stats::kSquaredHellinger, groups);
  }

  double shown(double square) const override { return std::sqrt(square); }
  double greatest(double) const override { return 1; }
};

}  // namespace

VELETA_DETECTOR(Hellinger, "hellinger", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest distance, beyond what chance adds to it, that does not matter")
                    .min(0)
                    .max(1),
                veleta::statistics::bins_param(), veleta::statistics::rare_share_param())
