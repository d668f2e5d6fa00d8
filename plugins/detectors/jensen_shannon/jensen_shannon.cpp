#include "statistics/divergence_detector.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The Jensen–Shannon distance: the root of the divergence.
class JensenShannon final : public stats::DivergenceDetector {
 public:
  explicit JensenShannon(const Params& params)
      : DivergenceDetector(params), nats_per_unit_(std::log(params.number("base"))) {}

 private:
  stats::Evidence weigh(const stats::GroupCounts& groups) const override {
    return stats::chi_squared_evidence(stats::kJensenShannon, groups);
  }

  double shown(double nats) const override { return std::sqrt(nats / nats_per_unit_); }
  double greatest(double) const override { return std::numbers::ln2; }

  double nats_per_unit_;
};

}  // namespace

VELETA_DETECTOR(
    JensenShannon, "jensen_shannon", "1.0.0",
    veleta::number_param("min_effect", 0.1, "largest distance, beyond what chance adds to it, that does not matter")
        .min(0),
    veleta::statistics::bins_param(), veleta::statistics::rare_share_param(),
    veleta::number_param("base", 2, "of the logarithm: with 2 the distance is 1 at most").min(1.1).max(1000))
