#include "statistics/divergence_detector.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The population stability index.
class StabilityIndex final : public stats::DivergenceDetector {
 public:
  explicit StabilityIndex(const Params& params) : DivergenceDetector(params), zero_fill_(params.number("zero_fill")) {}

 private:
  stats::Evidence weigh(const stats::GroupCounts& groups) const override {
    const double n = stats::total(groups.reference), m = stats::total(groups.current);
    return stats::chi_squared_evidence(stats::kStabilityIndex, groups,
                                       stats::filled_shares(groups.reference, stats::zero_share(zero_fill_, n)),
                                       stats::filled_shares(groups.current, stats::zero_share(zero_fill_, m)));
  }

  double greatest(double rows) const override { return 2 * std::log(1 / stats::zero_share(zero_fill_, rows)); }

  double zero_fill_;
};

}  // namespace

VELETA_DETECTOR(StabilityIndex, "psi", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest index, beyond what chance adds to it, that does not matter")
                    .min(0),
                veleta::statistics::bins_param(), veleta::statistics::rare_share_param(),
                veleta::statistics::zero_fill_param())
