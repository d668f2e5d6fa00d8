#include "exact_test.hpp"
#include "statistics/homogeneity_detector.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// Fisher's exact test, and its kin of more than two categories.
class FisherExact final : public stats::HomogeneityDetector {
 public:
  explicit FisherExact(const Params& params) : HomogeneityDetector(params), draws_(params.integer("draws")) {}

 private:
  double p_value(const stats::GroupCounts& groups, const stats::ChiSquared&) const override {
    if (groups.reference.size() == 2) return stats::fisher_exact(first_of_two(groups));
    return stats::ExactTest(whole(groups)).p_value(draws_);
  }
  double most_groups() const override { return 30; }

  /// Only whole rows can be drawn.
  static stats::GroupCounts whole(stats::GroupCounts groups) {
    for (auto* rows : {&groups.reference, &groups.current})
      for (double& count : *rows) count = std::nearbyint(count);
    return groups;
  }

  int64_t draws_;
};

}  // namespace

VELETA_DETECTOR(FisherExact, "fisher_exact", "1.0.0", veleta::statistics::min_v_param(),
                veleta::statistics::min_expected_param(1),
                veleta::integer_param("draws", 4999, "tables drawn at most, where there are more than two categories")
                    .min(199)
                    .max(1000000))
