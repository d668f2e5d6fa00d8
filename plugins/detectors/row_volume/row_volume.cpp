#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "statistics/intervals.hpp"
#include "statistics/power.hpp"
#include "statistics/student_t.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
namespace stats = veleta::statistics;

/// Half a row stands for none.
double log_rows(double rows) { return std::log(std::max(rows, 0.5)); }

/// What the reference's parts say of a further one's logarithm.
struct Parts {
  double count, mean = 0, deviation = 0;

  explicit Parts(std::span<const double> rows) : count(static_cast<double>(rows.size())) {
    for (const double part : rows) mean += log_rows(part) / count;
    double squares = 0;
    for (const double part : rows) squares += (log_rows(part) - mean) * (log_rows(part) - mean);
    // Rows that come by chance vary by their root at least.
    const double variance = count > 1 ? std::max(squares / (count - 1), std::exp(-mean)) : 0;
    deviation = std::sqrt(variance * (1 + 1 / count));  // of a further part about the mean
  }
};

/// "1,200 rows; 5 parts had 900 to 1,100".
std::string tell(double rows, std::span<const double> parts) {
  const std::string least = stats::number(parts.front()), most = stats::number(parts.back());
  return fmt::format("{} rows; {} had {}", stats::number(rows),
                     parts.size() == 1 ? "the reference" : fmt::format("{} parts", parts.size()),
                     least == most ? least : least + " to " + most);
}

/// Compares the number of rows with those of the reference's parts.
class RowVolume final : public RowDetector {
 public:
  static constexpr uint32_t kNeeds = 0;

  explicit RowVolume(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const RowSample& reference, const RowSample& current) const override {
    if (reference.part_rows.empty())
      throw Error(ErrorCode::kUnsupported, "the reference does not say how many rows each of its parts has");
    const Parts parts(reference.part_rows);
    const double moved = log_rows(current.row_count) - parts.mean;
    DriftResult result;
    result.statistic = std::exp(moved);
    result.effect = std::abs(moved) < 1e-12 ? 0 : std::abs(moved);
    result.min_effect = min_effect_;
    result.direction = result.effect == 0 ? 0 : moved > 0 ? 1 : -1;
    result.detail = tell(current.row_count, reference.part_rows);
    if (parts.count >= kEnoughParts) predict(parts, result);
    return result;
  }

 private:
  static constexpr double kEnoughParts = 3;

  /// The prediction interval of one further normal variable (Hahn and Meeker 1991, 4.7).
  static void predict(const Parts& parts, DriftResult& result) {
    const double df = parts.count - 1;
    result.p_value = stats::student_t_two_sided(result.effect / parts.deviation, df);
    const double margin = stats::student_t_quantile(stats::kAlpha, df) * parts.deviation;
    const auto interval = stats::magnitude({result.effect - margin, result.effect + margin});
    result.effect_low = interval.low;
    result.effect_high = interval.high;
    result.detectable_effect = margin + stats::student_t_quantile(2 * (1 - stats::kPower), df) * parts.deviation;
  }

  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(RowVolume, "row_volume", "1.0.0",
                veleta::number_param("min_effect", 0.5,
                                     "largest change of the logarithm of the number of rows that does not matter: 0.5 "
                                     "is 1.65 times as many, or as few")
                    .min(0))
