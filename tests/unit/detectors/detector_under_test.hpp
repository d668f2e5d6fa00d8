#pragma once

#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "linked_plugins.hpp"
#include "veleta/drift.hpp"

// Detectors and windows for tests.

namespace veleta::testing {

/// A detector of this program.
std::shared_ptr<DetectorHandle> make_detector(const std::string& name, const Settings& settings = {});

/// A numeric column of a window, which owns its values.
struct Numbers {
  explicit Numbers(std::vector<double> values, double missing = 0);
  operator NumericSample() const;

  std::vector<double> sorted;
  double missing, mean = 0, standard_deviation = 0;
};

/// A categorical column of two windows: rows per label.
struct Categories {
  using Rows = std::map<std::string, double>;
  Categories(const Rows& reference, const Rows& current);
  CategoricalSample reference() const { return sample(reference_counts); }
  CategoricalSample current() const { return sample(current_counts); }

  std::vector<std::string> labels;
  std::vector<const char*> label_pointers;
  std::vector<double> reference_counts, current_counts;

 private:
  CategoricalSample sample(const std::vector<double>& counts) const;
};

DriftResult compare(const std::string& detector, const Numbers& reference, const Numbers& current);
DriftResult compare(const std::string& detector, const Categories& windows);

/// Names tests that run on several detectors.
inline std::string detector_name(const ::testing::TestParamInfo<std::string>& param) { return param.param; }

/// Whether the column would count as drifted by itself at 5 %.
bool alarms(const DriftResult& result);

/// Random numbers that are the same on every machine.
using Random = boost::random::mt19937_64;
std::vector<double> normal_values(Random& random, size_t count, double mean = 0, double deviation = 1);
/// Rows drawn from the weights, as counts per label "c0", "c1", ….
Categories::Rows draw_categories(Random& random, size_t count, const std::vector<double>& weights);
/// 1, 1/2, 1/3, …: frequencies as Zipf found them.
std::vector<double> zipf(size_t count);

}  // namespace veleta::testing
