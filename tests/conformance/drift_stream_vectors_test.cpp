#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.hpp"
#include "linked_plugins.hpp"

// Runs the streaming vectors of drift.json: the places of the alarms, counted from 0.

namespace veleta::testing {
namespace {

using Rows = std::vector<double>;
using Places = std::vector<size_t>;

const json::value& vectors() {
  static const json::value file = read_json_file(VELETA_SOURCE_FOLDER "/tests/conformance/drift.json");
  return file;
}

Rows stream(std::string_view name) {
  const json::value& data = vectors().at("streams").at(name.substr(1)).at("data");
  Rows rows;
  if (data.is_string())
    for (const char digit : data.as_string()) rows.push_back(digit - '0');
  else
    for (const auto& value : data.as_array()) rows.push_back(value.to_number<double>());
  return rows;
}

/// Ones for zeros and the other way around: where a method was told what is right, and ours what is wrong.
Rows inverted(Rows rows) {
  for (double& value : rows) value = 1 - value;
  return rows;
}

struct Found {
  Places alarms;
  size_t first_warning = 0;
};

Found watch(const std::string& detector, const Settings& settings, const Rows& rows) {
  const auto made =
      linked_plugins().create_detector(detector, values_for(PluginKind::kDetector, detector, settings), {});
  const auto watch = made->watch({});
  Found found;
  for (size_t i = 0; i < rows.size(); ++i) {
    Signal signal;
    watch->update({&rows[i], 1}, signal);
    if (signal.level == SignalLevel::kAlarm) found.alarms.push_back(i);
    if (signal.level == SignalLevel::kWarning && found.first_warning == 0) found.first_warning = i;
  }
  return found;
}

struct Case {
  std::string method;
  std::string source;  ///< a part of it that tells which vector
  std::string detector;
  Settings settings = {};
  bool is_inverted = false;
};

void PrintTo(const Case& of, std::ostream* out) { *out << of.method << " of " << of.source; }

/// The examples of frouros end with the first alarm.
bool ends_with_first_alarm(const std::string& source) { return source.find("frouros") != std::string::npos; }

class StreamVectors : public ::testing::TestWithParam<Case> {};

TEST_P(StreamVectors, AlarmsWhereTheVectorSays) {
  const Case& at = GetParam();
  size_t checked = 0;
  for (const auto& entry : vectors().at("vectors").as_array()) {
    const std::string source = text_or_empty(entry.as_object(), "source");
    if (entry.at("method").as_string() != at.method || source.find(at.source) == std::string::npos) continue;
    ++checked;
    SCOPED_TRACE(source);
    const Rows rows = stream(entry.at("current").as_string());
    Found found = watch(at.detector, at.settings, at.is_inverted ? inverted(rows) : rows);
    if (ends_with_first_alarm(source) && !found.alarms.empty()) found.alarms.resize(1);
    EXPECT_EQ(found.alarms, json::value_to<Places>(entry.at("expected_statistic")));
    if (const auto* warning = entry.at("params").as_object().if_contains("first_warning")) {
      EXPECT_EQ(found.first_warning, warning->to_number<size_t>());
    }
  }
  EXPECT_EQ(checked, 1U);
}

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(
    Drift, StreamVectors,
    ::testing::Values(
        Case{"adwin", "test_adwin", "adwin"}, Case{"adwin", "docstring", "adwin"},
        // Where frouros begins to look after 30 values, nothing would have alarmed before either.
        Case{"bocd_gaussian_unknown_mean",
             "frouros",
             "bocd",
             {{"rule", "likeliest"s}, {"hazard", 0.01}, {"mean", 0.0}, {"deviation", 1.0}, {"runs", int64_t{2048}}}},
        Case{"page_hinkley_clamped", "river", "page_hinkley", {{"variant", "clamped"s}, {"direction", "up"s}}},
        Case{"page_hinkley_plain", "frouros", "page_hinkley", {{"variant", "plain"s}, {"direction", "up"s}}},
        Case{"ddm", "river", "ddm"}, Case{"ddm", "frouros", "ddm"},
        Case{"eddm", "river", "eddm", {{"warning", 0.9}, {"alarm", 0.8}}},
        Case{"eddm", "frouros", "eddm", {{"variance", "population"s}}}, Case{"hddm_a", "test_drift", "hddm_a"},
        Case{"hddm_a", "docstring", "hddm_a"}, Case{"hddm_w", "test_drift", "hddm_w"},
        Case{"hddm_w", "docstring", "hddm_w"}, Case{"fhddm", "river", "fhddm", {}, true},
        Case{"rddm", "frouros", "rddm"},
        Case{"stepd", "frouros", "stepd", {{"alarm_p", 0.001}, {"warning_p", 0.005}}, true},
        Case{"cusum_tabular", "river", "cusum", {{"k", 0.5}, {"h", 5.0}, {"warm_up", int64_t{30}}}},
        // The sum that is cut off at 0 and forgets nothing.
        Case{"cusum_running_mean",
             "frouros",
             "page_hinkley",
             {{"variant", "clamped"s}, {"direction", "up"s}, {"alpha", 1.0}}},
        // The average of deviations is the plain sum times 1 - alpha.
        Case{"geometric_moving_average",
             "frouros",
             "page_hinkley",
             {{"variant", "plain"s},
              {"direction", "up"s},
              {"alpha", 0.99},
              {"delta", 0.0},
              {"threshold", 0.3 / (1 - 0.99)}}}),
    [](const auto& test) { return test.param.method + "_" + std::to_string(test.index); });

TEST(StreamVectors, PageHinkleyByItsExtremesInEitherMode) {
  for (const auto& entry : vectors().at("vectors").as_array()) {
    if (entry.at("method").as_string() != "page_hinkley_minmax") continue;
    const std::string mode(entry.at("params").at("mode").as_string());
    const Rows rows = stream(entry.at("current").as_string());
    EXPECT_EQ(watch("page_hinkley", {{"direction", mode}}, rows).alarms,
              json::value_to<Places>(entry.at("expected_statistic")))
        << mode;
  }
}

TEST(StreamVectors, AdwinLooksAtEveryBucketUnlikeThoseThatSkipOneOfEachRow) {
  const auto method_is = [](const char* name) {
    return [name](const json::value& entry) { return entry.at("method").as_string() == name; };
  };
  const auto& all = vectors().at("vectors").as_array();
  const auto skipping = std::ranges::find_if(all, method_is("adwin_skip_last_bucket"));
  ASSERT_NE(skipping, all.end());
  const auto found = watch("adwin", {}, stream(skipping->at("current").as_string())).alarms;
  EXPECT_NE(found, json::value_to<Places>(skipping->at("expected_statistic")));
  EXPECT_EQ(found, Places{1023});
}

}  // namespace
}  // namespace veleta::testing
