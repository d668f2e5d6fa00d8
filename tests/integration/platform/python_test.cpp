#include <gmock/gmock.h>

#include "base/files.hpp"
#include "story.hpp"

// Python opens what the server names as production.

namespace veleta::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRows = R"([
  {"bed": 3, "bath": 2, "house_size": 1500, "acre_lot": 0.2, "state": "Ohio", "status": "for_sale", "city": "Dayton"},
  {"bed": 5, "bath": 4.5, "house_size": 4200, "acre_lot": 1.5, "state": "California", "status": "sold", "city": "?"},
  {"bed": null, "bath": 1, "house_size": 700, "acre_lot": null, "state": null, "status": "for_sale", "city": "Lima"}])";

TEST(Python, PredictsWithTheServersProductionWhatTheHostPredicts) {
  const Folder folder;
  const DataApi api(folder);
  const PlatformPipeline pipeline(api.url(), Servers::started());
  for (int batch = 0; batch < 2; ++batch) ASSERT_EQ(pipeline.run().status, 0);
  const Outcome explained = pipeline.veleta("explain", {"--row", kRows, "--json"});
  ASSERT_EQ(explained.status, 0) << explained.output;
  const json::value expected = parse_json(explained.output, "what the host explains");

  write_file_atomically(folder / "rows.json", kRows);
  const fs::path source(VELETA_SOURCE_FOLDER);
  Process python(source / ".cache/servers/mlflow3/bin/python",
                 {(source / "tests/integration/platform/predict.py").string(), pipeline.name(), folder / "rows.json"},
                 folder / "python.log",
                 {"MLFLOW_TRACKING_URI=" + Servers::started().mlflow, "MLFLOW_DISABLE_TELEMETRY=true"});
  ASSERT_EQ(python.wait(), 0) << python.output();
  const std::string output = python.output();
  const json::value found = parse_json(output.substr(output.rfind('[')), "what Python predicts");
  const json::array& rows = expected.at("rows").as_array();
  ASSERT_EQ(found.as_array().size(), rows.size()) << output;
  for (size_t i = 0; i < rows.size(); ++i) {
    const double host = rows[i].at("prediction").to_number<double>();
    EXPECT_NEAR(found.as_array()[i].to_number<double>(), host, 1e-6 * std::abs(host)) << i;
  }
}

}  // namespace
}  // namespace veleta::test
