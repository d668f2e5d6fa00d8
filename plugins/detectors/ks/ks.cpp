#include <veleta/detector.hpp>

#include "statistics/gap_test.hpp"

namespace {

using namespace veleta;

/// The two-sample Kolmogorov–Smirnov test.
class KolmogorovSmirnov final : public NumericDetector {
 public:
  explicit KolmogorovSmirnov(const Params& params)
      : min_effect_(params.number("min_effect")),
        exact_max_rows_(static_cast<double>(params.integer("exact_max_rows"))) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    return statistics::test_gap(reference, current, min_effect_, exact_max_rows_);
  }

 private:
  double min_effect_, exact_max_rows_;
};

}  // namespace

VELETA_DETECTOR(
    KolmogorovSmirnov, "ks", "1.0.0",
    veleta::number_param("min_effect", 0.1,
                         "largest distance between the two distribution functions that does not matter")
        .min(0)
        .max(1),
    veleta::integer_param(
        "exact_max_rows", 2000,
        "windows of so many rows each, or of as many pairs of rows, get the exact p-value, larger ones the asymptotic")
        .min(0)
        .max(10000)
        .unit("rows"))
