#include "made_rows.hpp"

#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>

#include "veleta/error.hpp"

namespace veleta::testing {

double normal(Random& random) { return boost::random::normal_distribution<double>()(random); }

Rows::Rows(size_t rows, size_t columns) : features(rows * columns) {
  for (size_t column = 0; column < columns; ++column) names.push_back("f" + std::to_string(column));
}

Rows Rows::normal(Random& random, size_t rows, size_t columns) {
  Rows made(rows, columns);
  for (float& value : made.features) value = static_cast<float>(testing::normal(random));
  return made;
}

void Rows::predict(Random& random, double noise, double offset) {
  predictions.clear();
  targets.clear();
  for (size_t row = 0; row < count(); ++row) {
    const double first = at(row, 0);
    predictions.push_back(first);
    targets.push_back(first + offset + noise * std::exp(first / 2) * testing::normal(random));
  }
}

void Rows::classify(Random& random, double lift) {
  task = Task::kBinary;
  predictions.clear();
  targets.clear();
  for (size_t row = 0; row < count(); ++row) {
    predictions.push_back(1 / (1 + std::exp(-2 * at(row, 0))));
    targets.push_back(boost::random::uniform_01<double>()(random) < predictions.back() + lift ? 1 : 0);
  }
}

RowSample Rows::sample() const {
  name_pointers_.clear();
  for (const auto& name : names) name_pointers_.push_back(name.c_str());
  RowSample sample;
  sample.row_count = static_cast<double>(count());
  sample.task = task;
  sample.features = {features.data(), count(), names.size(), name_pointers_};
  sample.predictions = predictions;
  sample.targets = targets;
  return sample;
}

DriftResult compare(const std::string& detector, const Rows& reference, const Rows& current) {
  return linked_plugins()
      .create_detector(detector, values_for(PluginKind::kDetector, detector, {}), {})
      ->compare(reference.sample(), current.sample());
}

bool alarms(const DriftResult& result) { return result.effect >= result.min_effect && result.p_value <= 0.05; }

std::string refusal(const std::string& detector, const Rows& reference, const Rows& current) {
  try {
    compare(detector, reference, current);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    return error.what();
  }
  return "";
}

double share_below_level(int windows, const std::function<DriftResult(Random&)>& compare_windows) {
  Random random(7);
  int below = 0;
  for (int i = 0; i < windows; ++i) below += compare_windows(random).p_value <= 0.05;
  return static_cast<double>(below) / windows;
}

void expect_nominal(double share, int windows) { EXPECT_NEAR(share, 0.05, 3 * std::sqrt(0.05 * 0.95 / windows)); }

}  // namespace veleta::testing
