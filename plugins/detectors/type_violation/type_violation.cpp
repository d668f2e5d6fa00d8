#include "statistics/share_change.hpp"

namespace {

struct OfAnotherType {
  static constexpr const char* kName = "of another type";
  static double rows(const auto& sample) { return sample.wrong_type_count; }
};

}  // namespace

VELETA_DETECTOR(
    veleta::statistics::RowShareDetector<OfAnotherType>, "type_violation", "1.0.0",
    veleta::number_param("min_effect", 0.005, "largest change of the share that does not matter").min(0).max(1))
