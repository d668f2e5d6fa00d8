#include <algorithm>
#include <cmath>
#include <veleta/detector.hpp>

#include "rows/growth.hpp"
#include "rows/windows.hpp"
#include "statistics/wording.hpp"

namespace {

using namespace veleta;
using namespace veleta::rows;
namespace stats = veleta::statistics;

constexpr size_t kLeastRows = 20;

/// The rows of a window that have a label.
struct LabelledRows {
  std::vector<double> predictions, targets;

  explicit LabelledRows(const RowSample& window) {
    for (size_t row = 0; row < std::min(window.targets.size(), window.predictions.size()); ++row)
      if (std::isfinite(window.targets[row])) {
        predictions.push_back(window.predictions[row]);
        targets.push_back(window.targets[row]);
      }
  }
  std::vector<double> losses(Task task) const {
    std::vector<double> losses;
    for (size_t row = 0; row < targets.size(); ++row) losses.push_back(loss(task, predictions[row], targets[row]));
    return losses;
  }
  std::vector<double> losses_of(double guess, Task task) const {
    std::vector<double> losses;
    for (const double target : targets) losses.push_back(loss(task, guess, target));
    return losses;
  }
};

/// What one would say of every row without a model: the median target of the reference, or its share of class 1.
double constant_guess(Task task, std::vector<double> targets) {
  if (task == Task::kBinary) return moments(targets).mean;
  const auto middle = targets.begin() + static_cast<std::ptrdiff_t>(targets.size() / 2);
  std::nth_element(targets.begin(), middle, targets.end());
  return *middle;
}

/// How the model does beside a constant guess on the same rows: Student's paired test.
std::string beside_a_guess(const LabelledRows& rows, double guess, Task task) {
  std::vector<double> model = rows.losses(task), naive = rows.losses_of(guess, task);
  if (task == Task::kRegression) winsorise(model, naive);
  std::vector<double> gains(model.size());
  for (size_t row = 0; row < gains.size(); ++row) gains[row] = naive[row] - model[row];
  const Moments gain = moments(gains);
  const double naive_mean = moments(naive).mean;
  const std::string guessed =
      fmt::format("always saying {} would make {}", stats::number(guess), stats::number(naive_mean));
  if (!(gain.variance > 0)) return guessed;
  const double p = statistics::student_t_sf(gain.mean / std::sqrt(gain.error()), gain.count - 1);
  const char* verdict = gain.mean <= 0       ? "no worse than the model"
                        : p <= stats::kAlpha ? "worse than the model"
                                             : "not surely worse";
  return fmt::format("{}, {} (paired p {})", guessed, verdict, p < 1e-300 ? "< 1e-300" : fmt::format("{:.2g}", p));
}

/// Whether the production model's losses on labelled rows have grown.
class PerformanceDetector final : public RowDetector {
 public:
  static constexpr uint32_t kNeeds = VELETA_NEEDS_PREDICTIONS | VELETA_NEEDS_TARGETS;

  explicit PerformanceDetector(const Params& params) : min_effect_(params.number("min_effect")) {}

  DriftResult compare(const RowSample& reference, const RowSample& current) const override {
    const LabelledRows before(reference), now(current);
    require_rows(before.targets.size(), now.targets.size(), kLeastRows, "labelled rows");
    const Task task = reference.task;
    std::vector<double> losses_before = before.losses(task), losses_now = now.losses(task);
    if (task == Task::kRegression) winsorise(losses_before, losses_now);
    const MeanGrowth growth{moments(losses_before), moments(losses_now)};
    DriftResult result = judge_growth(growth, min_effect_);
    result.detail = fmt::format("{} {}, was {}; {}", loss_name(task), stats::number(growth.current.mean),
                                stats::number(growth.reference.mean),
                                beside_a_guess(now, constant_guess(task, before.targets), task));
    return result;
  }

 private:
  double min_effect_;
};

}  // namespace

VELETA_DETECTOR(
    PerformanceDetector, "performance", "1.0.0",
    veleta::number_param("min_effect", 0.1, "how much the mean loss may grow, as a share, without it mattering").min(0))
