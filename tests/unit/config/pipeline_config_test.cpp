#include "config/pipeline_config.hpp"

#include <gmock/gmock.h>
#include <cstdlib>

#include "base/files.hpp"
#include "base/ids.hpp"

namespace veleta {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

class PipelineFile : public testing::Test {
 protected:
  PipelineFile() : file_(std::filesystem::temp_directory_path() / ("veleta-" + new_id() + ".toml")) {}
  ~PipelineFile() override { std::filesystem::remove(file_); }

  PipelineConfig load(const std::string& text) {
    write_file_atomically(file_, text);
    return load_config(file_, plugins_);
  }

  std::vector<std::string> problems(const std::string& text) {
    try {
      load(text);
    } catch (const ConfigError& error) {
      std::vector<std::string> lines;
      for (const auto& diagnostic : error.diagnostics())
        lines.push_back(std::to_string(diagnostic.line) + ": " + diagnostic.key + ": " + diagnostic.message);
      return lines;
    }
    return {};
  }

  PluginHost plugins_{{std::string(VELETA_BINARY_FOLDER) + "/lib/veleta/plugins"}};
  const std::filesystem::path file_;
};

constexpr const char* kSound = R"([pipeline]
name = "rent"
target = "price"
[source]
plugin = "csv"
path = "data.csv"
[[learner]]
plugin = "ridge"
)";

TEST_F(PipelineFile, FillsInSensibleDefaults) {
  const PipelineConfig config = load(kSound);
  EXPECT_EQ(config.pipeline.task, "regression");
  EXPECT_EQ(config.promote.metric, "mae");
  ASSERT_EQ(config.promote.gates.size(), 2u);
  EXPECT_EQ(config.promote.gates[0].improves_by, 0.03);
  EXPECT_EQ(config.promote.gates[1].worsens_by_at_most, 0.01);
  EXPECT_EQ(config.store_uri, "sqlite:///var/rent.db");
  EXPECT_EQ(config.serve.port, 8080);
  EXPECT_EQ(config.drift.size(), 3u);
}

TEST_F(PipelineFile, TellsEveryMistakeAtOnceWithItsPlaceAndTheNearestName) {
  const auto told = problems(R"([pipeline]
name = "rent"
targt = "price"
[source]
plugin = "csv"
path = 3
[[drift]]
plugin = "kss"
[[drift]]
plugin = "ks"
min_efect = 0.1
[retrain]
alpha = 2
when = ["drfit"]
[[learner]]
plugin = "ridge"
[promote]
gates = [ { metric = "mea", improves_by = 0.1 } ]
)");
  EXPECT_THAT(told, Contains(AllOf(HasSubstr("3: pipeline.targt: unknown key"), HasSubstr("'target'"))));
  EXPECT_THAT(told, Contains(HasSubstr("pipeline.target: is required")));
  EXPECT_THAT(told, Contains(HasSubstr("6: source.path: expected a text, found the integer 3")));
  EXPECT_THAT(told, Contains(AllOf(HasSubstr("8: drift[0].plugin"), HasSubstr("Did you mean 'ks'?"))));
  EXPECT_THAT(told, Contains(AllOf(HasSubstr("11: drift[1].min_efect: unknown key"), HasSubstr("'min_effect'"))));
  EXPECT_THAT(told, Contains(HasSubstr("13: retrain.alpha: expected 0 to 1, found 2")));
  EXPECT_THAT(told, Contains(AllOf(HasSubstr("14: retrain.when"), HasSubstr("'drift'"))));
  EXPECT_THAT(told, Contains(AllOf(HasSubstr("promote.gates[0].metric"), HasSubstr("'mae'"))));
}

TEST_F(PipelineFile, TellsWhereTomlBreaks) {
  EXPECT_THAT(problems("[pipeline]\nname = \n"), Contains(HasSubstr("2: ")));
}

TEST_F(PipelineFile, PutsEnvironmentVariablesIn) {
  ::setenv("VELETA_TEST_FOLDER", "/data", 1);
  std::string text = kSound;
  text.replace(text.find("data.csv"), 8, "${VELETA_TEST_FOLDER}/${VELETA_TEST_ABSENT:-rents}.csv$${x}");
  const PipelineConfig config = load(text);
  for (const auto& value : config.source.params)
    if (value.name == "path") {
      EXPECT_EQ(value.text, "/data/rents.csv${x}");
    }
  text.replace(text.find(":-rents"), 7, "");
  EXPECT_THAT(problems(text), Contains(HasSubstr("VELETA_TEST_ABSENT is not set")));
}

TEST_F(PipelineFile, AcceptsTheExamplesOfTheRepository) {
  for (const char* name : {"realty", "csv_quickstart", "churn"})
    EXPECT_NO_THROW(load_config(std::string(VELETA_SOURCE_FOLDER) + "/configs/" + name + ".toml", plugins_)) << name;
}

TEST_F(PipelineFile, IsDocumentedByTheTablesThatItIsCheckedBy) {
  EXPECT_EQ(read_file(std::string(VELETA_SOURCE_FOLDER) + "/docs/configuration.md"), config_reference(plugins_))
      << "docs/configuration.md is stale: veleta config reference > docs/configuration.md";
}

}  // namespace
}  // namespace veleta
