#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <random>

#include "base/files.hpp"
#include "programs.hpp"

namespace veleta::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

constexpr const char* kModelDetectors = R"(
[[drift]]
plugin = "prediction_drift"
[[drift]]
plugin = "attribution_drift"
[[drift]]
plugin = "domain_classifier"
[[drift]]
plugin = "mmd"
[[drift]]
plugin = "performance"
[[drift]]
plugin = "expected_performance"
)";

/// What each detector said of the batch, by the column.
using Said = std::map<std::string, std::map<std::string, json::object>>;

Said said_of(const json::value& decision) {
  Said said;
  for (const auto& result : decision.at_pointer("/record/detect/drift/results").as_array()) {
    const json::object& object = result.as_object();
    said[text_or_empty(object, "detector")][text_or_empty(object, "column")] = object;
  }
  return said;
}

std::vector<std::string> columns_with(const std::map<std::string, json::object>& results, const std::string& verdict) {
  std::vector<std::string> columns;
  for (const auto& [column, result] : results)
    if (text_or_empty(result, "verdict") == verdict) columns.push_back(column);
  return columns;
}

TEST(ModelDetectors, CompareTheBatchWithRowsThatTheModelWasNotTrainedOn) {
  const Folder folder;
  const DataApi api(folder, {"--scale", "0.05"});
  const Pipeline pipeline(folder, api.url(), Pipeline::kSmallLearner, kModelDetectors);
  ASSERT_EQ(pipeline.run().status, 0);
  const Outcome second = pipeline.run();
  ASSERT_EQ(second.status, 0) << second.output;

  const Said said = said_of(pipeline.history().at(1));
  EXPECT_THAT(said.at("prediction_drift"), Contains(Key("prediction")));
  EXPECT_GT(said.at("attribution_drift").size(), 5u);
  EXPECT_THAT(said.at("attribution_drift"), Contains(Key("city")));
  for (const char* detector :
       {"prediction_drift", "attribution_drift", "domain_classifier", "mmd", "performance", "expected_performance"})
    EXPECT_THAT(columns_with(said.at(detector), "not_judged"), IsEmpty()) << detector;
  EXPECT_THAT(text_or_empty(said.at("domain_classifier").at("rows"), "sentence"), HasSubstr("AUC "));
  EXPECT_THAT(text_or_empty(said.at("performance").at("rows"), "detail"), HasSubstr("mean absolute error"));
}

/// A pipeline of two CSV files, which takes the second for drift if a detector says so.
class TwoFiles : public testing::Test {
 protected:
  /// Rows of two uniform features: y = slope x + z, with some noise; x begins at `from`.
  void write_rows(const std::string& name, double slope, double from = -1) {
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::string text = "x,z,y\n";
    for (int row = 0; row < 1500; ++row) {
      const double x = from + 1 + uniform(random_), z = uniform(random_);
      text += fmt::format("{},{},{}\n", x, z, slope * x + z + 0.3 * uniform(random_));
    }
    write_file_atomically(folder_ / "rows" / name, text);
  }

  Said judge_both() const {
    std::string detectors;
    for (const char* name : {"ks", "performance", "domain_classifier", "expected_performance"})
      detectors += fmt::format("[[drift]]\nplugin = \"{}\"\n", name);
    write_file_atomically(folder_ / "csv.toml", fmt::format(R"(
[pipeline]
name = "lines"
task = "regression"
target = "y"
[source]
plugin = "csv"
path = "{0}/rows"
[validate]
min_rows = 100
{1}
[retrain]
when = ["drift"]
[[learner]]
plugin = "xgboost"
rounds = 40
[store]
uri = "sqlite:///{0}/lines.db"
[registry]
uri = "sqlite:///{0}/lines.db"
)",
                                                            folder_.path().string(), detectors));
    const std::string config = (folder_ / "csv.toml").string();
    const Outcome run = veleta_.veleta({"run", config, "--until-end", "--json"});
    EXPECT_EQ(run.status, 0) << run.output;
    return said_of(parse_json(veleta_.veleta({"history", config, "--json"}).output, "the history").as_array().at(1));
  }

  Folder folder_;
  std::mt19937 random_{5};
  Pipeline veleta_{folder_, "http://127.0.0.1:9"};
};

TEST_F(TwoFiles, OfOtherTargetsForTheSameFeaturesDifferInPerformanceAlone) {
  write_rows("a.csv", 3);
  write_rows("b.csv", -3);
  const Said said = judge_both();
  EXPECT_THAT(columns_with(said.at("ks"), "drifted"), IsEmpty());
  EXPECT_THAT(columns_with(said.at("domain_classifier"), "drifted"), IsEmpty());
  EXPECT_THAT(columns_with(said.at("expected_performance"), "drifted"), IsEmpty());
  EXPECT_THAT(columns_with(said.at("performance"), "drifted"), ElementsAre("rows"));
}

TEST_F(TwoFiles, OfOtherFeaturesAreToldApart) {
  write_rows("a.csv", 3);
  write_rows("b.csv", 3, -0.5);
  const Said said = judge_both();
  EXPECT_THAT(columns_with(said.at("domain_classifier"), "drifted"), ElementsAre("rows"));
  EXPECT_THAT(text_or_empty(said.at("domain_classifier").at("rows"), "detail"), HasSubstr("told apart by x"));
}

}  // namespace
}  // namespace veleta::test
