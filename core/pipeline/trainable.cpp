#include "trainable.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.hpp"

namespace veleta {

namespace {

bool has_negative(const std::vector<double>& values) {
  return std::ranges::any_of(values, [](double value) { return value < 0; });
}

}  // namespace

std::optional<std::string> reason_not_to_train(RunContext& context) {
  try {
    const TrainingWindow& window = context.window();
    if (context.config.pipeline.transform == "log" && has_negative(window.target))
      return fmt::format("the log transform of target '{}' needs values of 0 or more, and the training window has less",
                         context.config.pipeline.target);
    if (!window.train.empty() && !window.holdout.empty()) return std::nullopt;
    const auto labelled = std::ranges::count_if(window.target, [](double value) { return value == value; });
    return fmt::format("{} rows with a target leave {} to train and {} to hold out; both are needed",
                       with_thousands(static_cast<double>(labelled)), window.train.size(), window.holdout.size());
  } catch (const UnfitTarget& unfit) {
    return unfit.what();
  }
}

}  // namespace veleta
