#include "likelihood_ratio.hpp"
#include "statistics/homogeneity_detector.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// The likelihood-ratio test of homogeneity.
class GTest final : public stats::HomogeneityDetector {
 public:
  explicit GTest(const Params& params) : HomogeneityDetector(params), williams_(params.flag("williams")) {}

 private:
  stats::ChiSquared test(const stats::GroupCounts& groups) const override {
    auto tested = stats::likelihood_ratio(groups);
    if (williams_ && tested.degrees_of_freedom > 0)
      tested.statistic /= stats::williams_factor(groups, tested.degrees_of_freedom);
    return tested;
  }

  bool williams_;
};

}  // namespace

VELETA_DETECTOR(GTest, "g_test", "1.0.0", veleta::statistics::min_v_param(), veleta::statistics::min_expected_param(15),
                veleta::flag_param("williams", true, "Williams's correction for small counts"))
