#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "statistics/power.hpp"
#include "statistics/two_proportions.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// Compares the shares of missing values.
class MissingShare final : public NumericDetector, public CategoricalDetector {
 public:
  explicit MissingShare(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    return judge(reference, current);
  }
  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const override {
    return judge(reference, current);
  }

 private:
  template <typename Sample>
  DriftResult judge(const Sample& reference, const Sample& current) const {
    const stats::Proportions table{reference.missing_count, reference.row_count + reference.missing_count,
                                   current.missing_count, current.row_count + current.missing_count};
    if (!(table.reference_rows > 0)) throw Error(ErrorCode::kUnsupported, "the reference has no rows");
    if (!(table.current_rows > 0)) throw Error(ErrorCode::kUnsupported, "the current window has no rows");

    DriftResult result;
    result.statistic = stats::proportions_z(table);
    result.p_value = stats::proportions_p(table);
    result.effect = std::abs(table.difference());
    result.min_effect = min_effect_;
    result.detectable_effect = detectable_difference(table);
    result.detail = fmt::format("missing {} → {}", stats::percent(table.reference_marked / table.reference_rows),
                                stats::percent(table.current_marked / table.current_rows));
    return result;
  }

  /// Taken at the share that both would have together if min_effect were missing in one, where they miss less than
  /// that.
  double detectable_difference(const stats::Proportions& table) const {
    const double least = std::min(min_effect_ / 2, 0.5);
    const double share = std::clamp(table.pooled_share(), least, 1 - least);
    const double rows = stats::effective_rows(table.reference_rows, table.current_rows);
    return std::min(1.0, stats::detectable_share_difference(share, rows));
  }

  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(
    MissingShare, "missing_share", "1.0.0",
    veleta::number_param("min_effect", 0.02, "largest change of the missing share that does not matter").min(0).max(1))
