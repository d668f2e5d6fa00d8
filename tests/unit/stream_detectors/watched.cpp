#include "watched.hpp"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>

namespace veleta::testing {

const std::vector<std::string>& stream_detectors() {
  static const std::vector<std::string> names{"adwin", "bocd",   "cusum",  "ddm",   "e_detector",   "eddm", "ewma",
                                              "fhddm", "hddm_a", "hddm_w", "kswin", "page_hinkley", "rddm", "stepd"};
  return names;
}

std::shared_ptr<DetectorHandle> make_detector(const std::string& name, const Settings& settings) {
  return linked_plugins().create_detector(name, values_for(PluginKind::kDetector, name, settings), {});
}

std::vector<Alarm> alarms(WatchHandle& watch, const std::vector<double>& values, size_t block) {
  std::vector<Alarm> found;
  for (size_t at = 0; at < values.size();) {
    Signal signal;
    at += watch.update({&values[at], std::min(block, values.size() - at)}, signal);
    if (signal.level == SignalLevel::kAlarm) found.push_back({at - 1, signal.direction, signal.statistic});
  }
  return found;
}

std::vector<Alarm> alarms(const std::string& detector, const std::vector<double>& values, const Series& series,
                          const Settings& settings) {
  return alarms(*make_detector(detector, settings)->watch(series), values);
}

std::vector<double> normal_values(Random& random, size_t count, double mean, double deviation) {
  boost::random::normal_distribution<double> normal(mean, deviation);
  std::vector<double> values(count);
  for (double& value : values) value = normal(random);
  return values;
}

std::vector<double> errors(Random& random, size_t count, double share) {
  boost::random::uniform_01<double> uniform;
  std::vector<double> values(count);
  for (double& value : values) value = uniform(random) < share;
  return values;
}

}  // namespace veleta::testing
