#include "detector_under_test.hpp"

#include <algorithm>
#include <boost/random/discrete_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <numeric>
#include <set>

namespace veleta::testing {

std::shared_ptr<DetectorHandle> make_detector(const std::string& name, const Settings& settings) {
  return linked_plugins().create_detector(name, values_for(PluginKind::kDetector, name, settings), {});
}

Numbers::Numbers(std::vector<double> values, double missing_count) : sorted(std::move(values)), missing(missing_count) {
  std::ranges::sort(sorted);
  const auto count = static_cast<double>(sorted.size());
  if (!sorted.empty()) mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / count;
  double squares = 0;
  for (const double value : sorted) squares += (value - mean) * (value - mean);
  if (count > 1) standard_deviation = std::sqrt(squares / (count - 1));
}

Numbers::operator NumericSample() const {
  return {sorted, static_cast<double>(sorted.size()), missing, mean, standard_deviation};
}

Categories::Categories(const Rows& reference, const Rows& current) {
  std::set<std::string> all;
  for (const Rows* rows : {&reference, &current})
    for (const auto& [label, count] : *rows) all.insert(label);
  auto count_in = [](const Rows& rows, const std::string& label) {
    const auto found = rows.find(label);
    return found == rows.end() ? 0.0 : found->second;
  };
  labels.assign(all.begin(), all.end());
  for (const auto& label : labels) {
    label_pointers.push_back(label.c_str());
    reference_counts.push_back(count_in(reference, label));
    current_counts.push_back(count_in(current, label));
  }
}

CategoricalSample Categories::sample(const std::vector<double>& counts) const {
  return {label_pointers, counts, std::accumulate(counts.begin(), counts.end(), 0.0), 0};
}

DriftResult compare(const std::string& detector, const Numbers& reference, const Numbers& current) {
  return make_detector(detector)->compare(NumericSample(reference), NumericSample(current));
}

DriftResult compare(const std::string& detector, const Categories& windows) {
  return make_detector(detector)->compare(windows.reference(), windows.current());
}

bool alarms(const DriftResult& result) { return result.effect >= result.min_effect && result.p_value <= 0.05; }

std::vector<double> normal_values(Random& random, size_t count, double mean, double deviation) {
  boost::random::normal_distribution<double> normal(mean, deviation);
  std::vector<double> values(count);
  for (double& value : values) value = normal(random);
  return values;
}

Categories::Rows draw_categories(Random& random, size_t count, const std::vector<double>& weights) {
  boost::random::discrete_distribution<size_t> draw(weights);
  std::vector<double> counts(weights.size(), 0.0);
  for (size_t i = 0; i < count; ++i) ++counts[draw(random)];
  Categories::Rows rows;
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) rows["c" + std::to_string(i)] = counts[i];
  return rows;
}

std::vector<double> zipf(size_t count) {
  std::vector<double> weights;
  for (size_t rank = 1; rank <= count; ++rank) weights.push_back(1.0 / static_cast<double>(rank));
  return weights;
}

}  // namespace veleta::testing
