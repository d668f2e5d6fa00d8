#pragma once

#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "linked_plugins.hpp"
#include "veleta/drift.hpp"

// Detectors of rows, and windows for tests.

namespace veleta::testing {

/// Random numbers that are the same on every machine.
using Random = boost::random::mt19937_64;
double normal(Random& random);

/// A window's rows, which it owns.
struct Rows {
  Rows(size_t rows, size_t columns);
  /// Independent normal features.
  static Rows normal(Random& random, size_t rows, size_t columns);
  float& at(size_t row, size_t column) { return features[row * names.size() + column]; }
  size_t count() const { return names.empty() ? 0 : features.size() / names.size(); }
  /// Sets targets that follow from the first feature, and predictions of it; `noise` is the target's own, times e to
  /// the half of the first feature.
  void predict(Random& random, double noise = 1, double offset = 0);
  /// Sets labels that are 1 with the predicted probability raised by `lift`.
  void classify(Random& random, double lift = 0);
  RowSample sample() const;

  std::vector<float> features;
  std::vector<double> predictions, targets;
  std::vector<std::string> names;
  Task task = Task::kRegression;

 private:
  mutable std::vector<const char*> name_pointers_;
};

DriftResult compare(const std::string& detector, const Rows& reference, const Rows& current);
/// Whether it would count as drifted by itself at 5 %.
bool alarms(const DriftResult& result);
/// The message with which the detector says that it cannot compare; "" where it can.
std::string refusal(const std::string& detector, const Rows& reference, const Rows& current);
/// Share of windows whose p-value is 5 % or less.
double share_below_level(int windows, const std::function<DriftResult(Random&)>& compare_windows);
/// The share is 5 % but for chance: three deviations of a binomial share of so many windows.
void expect_nominal(double share, int windows);

inline std::string detector_name(const ::testing::TestParamInfo<std::string>& param) { return param.param; }

}  // namespace veleta::testing
