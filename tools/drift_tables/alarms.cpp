#include "alarms.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <numeric>

#include "veleta/error.hpp"

namespace veleta::drift_tables {

namespace {

double share(double part, double whole) { return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN(); }

}  // namespace

EvaluatedAlarms::EvaluatedAlarms(const Places& alarms, std::vector<TrueDrift> drifts, size_t latest)
    : drifts_(std::move(drifts)), latest_(latest), found_(drifts_.size()) {
  if (latest == 0) throw Error(ErrorCode::kInvalidArgument, "latest: expected 1 value or more after a drift, found 0");
  for (const auto& [first, last] : drifts_)
    if (last < first)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("a drift that begins at {}: expected its end there or after, found {}", first, last));
  for (const size_t alarm : alarms) {
    const auto drift = std::ranges::find_if(
        drifts_, [&](const TrueDrift& each) { return each.first <= alarm && alarm <= each.last + latest; });
    auto& pile = drift == drifts_.end() ? false_alarms_ : found_[static_cast<size_t>(drift - drifts_.begin())];
    pile.push_back(alarm);
  }
}

std::vector<size_t> EvaluatedAlarms::delays() const {
  std::vector<size_t> delays;
  for (size_t i = 0; i < found_.size(); ++i)
    if (!found_[i].empty()) delays.push_back(found_[i].front() - drifts_[i].first);
  return delays;
}

double EvaluatedAlarms::true_alarms() const {
  return std::accumulate(found_.begin(), found_.end(), 0.0,
                         [](double sum, const Places& alarms) { return sum + static_cast<double>(alarms.size()); });
}

double EvaluatedAlarms::found_drifts() const {
  return static_cast<double>(std::ranges::count_if(found_, [](const Places& alarms) { return !alarms.empty(); }));
}

double EvaluatedAlarms::precision() const {
  return share(true_alarms(), true_alarms() + static_cast<double>(false_alarms_.size()));
}

double EvaluatedAlarms::recall() const {
  return share(true_alarms(), true_alarms() + static_cast<double>(drifts_.size()) - found_drifts());
}

double EvaluatedAlarms::episode_recall() const { return share(found_drifts(), static_cast<double>(drifts_.size())); }

double EvaluatedAlarms::f1() const {
  const double sum = precision() + episode_recall();
  return sum == 0 ? 0 : 2 * precision() * episode_recall() / sum;
}

double EvaluatedAlarms::detection_delay() const {
  const auto all = delays();
  return share(std::accumulate(all.begin(), all.end(), 0.0), static_cast<double>(all.size()));
}

double EvaluatedAlarms::false_alarm_rate(size_t values) const {
  return share(static_cast<double>(false_alarms_.size()), static_cast<double>(values));
}

}  // namespace veleta::drift_tables
