#include <gtest/gtest.h>

#include <map>
#include <string>

#include "alarms.hpp"
#include "drift_vectors.hpp"
#include "veleta/error.hpp"

// The vectors of drift.json for how right alarms are, and what these leave open.

namespace veleta {
namespace {

using drift_tables::EvaluatedAlarms;
using drift_tables::Places;
using drift_tables::TrueDrift;

/// Places, or pairs of the first and the last.
std::vector<TrueDrift> drifts(const json::value& list) {
  std::vector<TrueDrift> drifts;
  for (const auto& item : list.as_array()) {
    if (item.is_array())
      drifts.push_back({item.at(0).to_number<size_t>(), item.at(1).to_number<size_t>()});
    else
      drifts.push_back({item.to_number<size_t>(), item.to_number<size_t>()});
  }
  return drifts;
}

Places all_found(const EvaluatedAlarms& evaluated) {
  Places all;
  for (const Places& alarms : evaluated.found()) all.insert(all.end(), alarms.begin(), alarms.end());
  return all;
}

void expect_measure(const EvaluatedAlarms& evaluated, const std::string& name, const json::value& expected,
                    const json::object& params) {
  SCOPED_TRACE(name);
  if (name == "true_positives") {
    EXPECT_EQ(all_found(evaluated), json::value_to<Places>(expected));
    return;
  }
  if (name == "false_alarms") {
    EXPECT_EQ(evaluated.false_alarms(), json::value_to<Places>(expected));
    return;
  }
  if (name == "false_alarm_rate") {
    const auto values = params.at("n_samples").to_number<size_t>();
    expect_relative(evaluated.false_alarm_rate(values), expected.to_number<double>(), kStatisticTolerance);
    return;
  }
  static const std::map<std::string, double (EvaluatedAlarms::*)() const> measures{
      {"precision", &EvaluatedAlarms::precision},
      {"recall", &EvaluatedAlarms::recall},
      {"episode_recall", &EvaluatedAlarms::episode_recall},
      {"f1", &EvaluatedAlarms::f1},
      {"missed_detection_rate", &EvaluatedAlarms::missed_detection_rate},
      {"detection_delay", &EvaluatedAlarms::detection_delay},
      {"normalized_detection_time", &EvaluatedAlarms::normalized_detection_time}};
  expect_relative((evaluated.*measures.at(name))(), expected.to_number<double>(), kStatisticTolerance);
}

TEST(DriftVectors, AlarmsAgainstTrueDrifts) {
  for_each_vector("drift_eval", 3, [](const Vector& vector) {
    const EvaluatedAlarms evaluated(json::value_to<Places>(vector.entry().at("current")),
                                    drifts(vector.entry().at("reference")),
                                    vector.params().at("delta_max").to_number<size_t>());
    for (const auto& [name, expected] : vector.entry().at("expected_statistic").as_object())
      expect_measure(evaluated, name, expected, vector.params());
  });
}

TEST(EvaluatedAlarms, OfNothingHaveNoMeasure) {
  const EvaluatedAlarms silent({}, {{100, 100}}, 50), unchanged({110}, {}, 50);
  EXPECT_TRUE(std::isnan(silent.precision()));
  EXPECT_TRUE(std::isnan(silent.f1()));
  EXPECT_TRUE(std::isnan(silent.detection_delay()));
  EXPECT_EQ(silent.missed_detection_rate(), 1);
  EXPECT_TRUE(std::isnan(unchanged.episode_recall()));
  EXPECT_EQ(unchanged.precision(), 0);
  EXPECT_EQ(EvaluatedAlarms({200}, {{100, 100}}, 50).f1(), 0) << "neither precise nor complete, and not unknown";
}

TEST(EvaluatedAlarms, FindTheEarliestDriftThatTheyMay) {
  const EvaluatedAlarms evaluated({99, 130, 150, 151}, {{100, 100}, {120, 120}}, 50);
  EXPECT_EQ(evaluated.found(), (std::vector<Places>{{130, 150}, {151}}));
  EXPECT_EQ(evaluated.false_alarms(), Places{99});
  EXPECT_EQ(evaluated.delays(), (Places{30, 31}));
}

TEST(EvaluatedAlarms, OfDriftsThatCannotBeAreRefused) {
  EXPECT_THROW(EvaluatedAlarms({110}, {{200, 100}}, 50), Error);
  EXPECT_THROW(EvaluatedAlarms({110}, {{100, 100}}, 0), Error);
}

}  // namespace
}  // namespace veleta
