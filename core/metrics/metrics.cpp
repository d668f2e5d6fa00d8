#include "metrics/metrics.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/text.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
/// Keeps log_loss finite where a probability of 0 or 1 was wrong.
constexpr double kLeastProbability = 1e-15;

struct MetricName {
  const char* name;
  Task task;
  bool lower_is_better;
};

constexpr MetricName kMetrics[] = {
    {"mae", Task::kRegression, true},        {"rmse", Task::kRegression, true}, {"median_ae", Task::kRegression, true},
    {"median_ape", Task::kRegression, true}, {"r2", Task::kRegression, false},  {"log_loss", Task::kBinary, true},
    {"brier", Task::kBinary, true},          {"auc", Task::kBinary, false},     {"accuracy", Task::kBinary, false},
};

/// Pairwise: the rounding error grows with the logarithm of the count.
double sum(std::span<const double> values) {
  if (values.size() <= 64) return std::accumulate(values.begin(), values.end(), 0.0);
  const size_t half = values.size() / 2;
  return sum(values.first(half)) + sum(values.subspan(half));
}

double mean(std::span<const double> values) {
  return values.empty() ? kUndefined : sum(values) / static_cast<double>(values.size());
}

double median(std::vector<double> values) {
  if (values.empty()) return kUndefined;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return values.size() % 2 == 1 ? *middle : (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// Rows with a target: what it was and what was predicted.
struct Pairs {
  std::vector<double> actual, predicted;

  /// f(actual, predicted) of each.
  template <typename Function>
  std::vector<double> map(Function f) const {
    std::vector<double> values(actual.size());
    for (size_t i = 0; i < values.size(); ++i) values[i] = f(actual[i], predicted[i]);
    return values;
  }
};

Pairs pairs_of(std::span<const double> actual, std::span<const double> predicted) {
  if (actual.size() != predicted.size())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("metrics compare {} targets with {} predictions", actual.size(), predicted.size()));
  Pairs pairs;
  for (size_t i = 0; i < actual.size(); ++i)
    if (!std::isnan(actual[i])) {
      pairs.actual.push_back(actual[i]);
      pairs.predicted.push_back(predicted[i]);
    }
  return pairs;
}

Metrics regression_metrics(const Pairs& pairs) {
  const auto absolute = pairs.map([](double y, double p) { return std::abs(y - p); });
  const auto squared = pairs.map([](double y, double p) { return (y - p) * (y - p); });
  auto relative = pairs.map([](double y, double p) { return y == 0 ? kUndefined : std::abs(y - p) / std::abs(y); });
  std::erase_if(relative, [](double share) { return std::isnan(share); });
  const double centre = mean(pairs.actual);
  const auto spread = pairs.map([centre](double y, double) { return (y - centre) * (y - centre); });
  return {{"mae", mean(absolute)},
          {"rmse", std::sqrt(mean(squared))},
          {"median_ae", median(absolute)},
          {"median_ape", median(relative)},
          {"r2", sum(spread) > 0 ? 1 - sum(squared) / sum(spread) : kUndefined}};
}

/// The chance that a positive row is ranked above a negative one (Mann–Whitney), from mid-ranks; NaN without both
/// classes.
double area_under_curve(const Pairs& pairs) {
  std::vector<size_t> order(pairs.actual.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return pairs.predicted[a] < pairs.predicted[b]; });
  double rank_sum = 0, positives = 0;
  for (size_t first = 0, last = 0; first < order.size(); first = last) {
    double tied_positives = 0;
    for (; last < order.size() && pairs.predicted[order[last]] == pairs.predicted[order[first]]; ++last)
      tied_positives += pairs.actual[order[last]];
    rank_sum += tied_positives * static_cast<double>(first + last + 1) / 2;
    positives += tied_positives;
  }
  const double negatives = static_cast<double>(order.size()) - positives;
  return positives > 0 && negatives > 0 ? (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)
                                        : kUndefined;
}

Metrics binary_metrics(const Pairs& pairs) {
  const auto loss = pairs.map([](double y, double p) {
    const double probability_of_actual = y > 0.5 ? p : 1 - p;
    return -std::log(std::clamp(probability_of_actual, kLeastProbability, 1.0));
  });
  const auto squared = pairs.map([](double y, double p) { return (y - p) * (y - p); });
  const auto right = pairs.map([](double y, double p) { return (p >= 0.5) == (y > 0.5) ? 1.0 : 0.0; });
  return {
      {"log_loss", mean(loss)}, {"brier", mean(squared)}, {"auc", area_under_curve(pairs)}, {"accuracy", mean(right)}};
}

}  // namespace

Metrics compute_metrics(Task task, std::span<const double> actual, std::span<const double> predicted) {
  const Pairs pairs = pairs_of(actual, predicted);
  Metrics metrics = task == Task::kBinary ? binary_metrics(pairs) : regression_metrics(pairs);
  metrics["rows"] = static_cast<double>(pairs.actual.size());
  return metrics;
}

std::vector<std::string> metric_names(Task task) {
  std::vector<std::string> names;
  for (const auto& metric : kMetrics)
    if (metric.task == task) names.emplace_back(metric.name);
  return names;
}

bool lower_is_better(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& metric : kMetrics) {
    if (metric.name == name) return metric.lower_is_better;
    names.emplace_back(metric.name);
  }
  throw Error(ErrorCode::kNotFound, fmt::format("there is no metric '{}'.{} There are: {}", name,
                                                did_you_mean(name, names), join(names, ", ")));
}

}  // namespace veleta
