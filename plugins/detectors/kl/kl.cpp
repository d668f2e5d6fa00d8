#include "statistics/divergence_detector.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The Kullback–Leibler divergence in nats.
class KullbackLeibler final : public stats::DivergenceDetector {
 public:
  explicit KullbackLeibler(const Params& params)
      : DivergenceDetector(params),
        divergence_(params.text("of") == "current" ? stats::kKullbackLeibler : stats::kReverseKullbackLeibler),
        zero_fill_(params.number("zero_fill")) {}

 private:
  stats::Evidence weigh(const stats::GroupCounts& groups) const override {
    const double n = stats::total(groups.reference), m = stats::total(groups.current);
    return stats::chi_squared_evidence(divergence_, groups, shares(groups.reference, n), shares(groups.current, m));
  }

  std::vector<double> shares(const std::vector<double>& counts, double rows) const {
    return stats::normalised(stats::filled_shares(counts, stats::zero_share(zero_fill_, rows)));
  }

  double greatest(double rows) const override { return std::log(1 / stats::zero_share(zero_fill_, rows)); }

  stats::Divergence divergence_;
  double zero_fill_;
};

}  // namespace

VELETA_DETECTOR(KullbackLeibler, "kl", "1.0.0",
                veleta::number_param("min_effect", 0.05,
                                     "largest divergence, beyond what chance adds to it, that does not matter")
                    .min(0)
                    .unit("nats"),
                veleta::statistics::bins_param(), veleta::statistics::rare_share_param(),
                veleta::statistics::zero_fill_param(),
                veleta::text_param("of", "current",
                                   "current: KL(current || reference), by which new values weigh heavily; reference: "
                                   "KL(reference || current), by which lost ones do")
                    .choices({"current", "reference"}))
