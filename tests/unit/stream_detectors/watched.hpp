#pragma once

#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <memory>
#include <string>
#include <vector>

#include "linked_plugins.hpp"
#include "made_series.hpp"
#include "veleta/series.hpp"

// Detectors of series, and series for them.

namespace veleta::testing {

/// Every detector of this program that watches series.
const std::vector<std::string>& stream_detectors();

std::shared_ptr<DetectorHandle> make_detector(const std::string& name, const Settings& settings = {});

struct Alarm {
  size_t at;  ///< place in the series
  int direction;
  double statistic;
  bool operator==(const Alarm&) const = default;
};

/// Takes the values in blocks of so many and returns the alarms.
std::vector<Alarm> alarms(WatchHandle& watch, const std::vector<double>& values, size_t block = 1000);
std::vector<Alarm> alarms(const std::string& detector, const std::vector<double>& values, const Series& series = {},
                          const Settings& settings = {});

/// Random numbers that are the same on every machine.
using Random = boost::random::mt19937_64;
std::vector<double> normal_values(Random& random, size_t count, double mean = 0, double deviation = 1);
/// 1 with that chance, else 0.
std::vector<double> errors(Random& random, size_t count, double share);
using contract::described;
using contract::joined;

inline std::string detector_name(const ::testing::TestParamInfo<std::string>& param) { return param.param; }

}  // namespace veleta::testing
