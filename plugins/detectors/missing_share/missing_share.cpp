#include "statistics/share_change.hpp"

namespace {

struct Missing {
  static constexpr const char* kName = "missing";
  static double rows(const auto& sample) { return sample.missing_count; }
};

}  // namespace

VELETA_DETECTOR(
    veleta::statistics::RowShareDetector<Missing>, "missing_share", "1.0.0",
    veleta::number_param("min_effect", 0.02, "largest change of the missing share that does not matter").min(0).max(1))
