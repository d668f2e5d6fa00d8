#include "config/pipeline_config.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdlib>

#include "pipeline_file.hpp"

namespace veleta {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const ParamValue& value_of(const PluginUse& use, const std::string& name) {
  return *std::find_if(use.params.begin(), use.params.end(), [&](const auto& value) { return value.name == name; });
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

TEST_F(PipelineFile, FillsInSensibleDefaults) {
  const PipelineConfig config = load(kSoundFile);
  EXPECT_EQ(config.pipeline.task, "regression");
  EXPECT_EQ(config.promote.metric, "mae");
  ASSERT_EQ(config.promote.gates.size(), 2u);
  EXPECT_EQ(config.promote.gates[0].improves_by, 0.03);
  EXPECT_EQ(config.promote.gates[1].worsens_by_at_most, 0.01);
  EXPECT_THAT(config.retrain.when, ElementsAre("drift", "new_categories", "performance"));
  EXPECT_EQ(config.validate.min_target, std::nullopt);
  EXPECT_EQ(config.store_uri, "sqlite:///var/rent.db");
  EXPECT_EQ(config.serve.port, 8080);
  EXPECT_EQ(config.drift.size(), 3u);
}

TEST_F(PipelineFile, TellsTheWholeLine) {
  try {
    load(std::string(kSoundFile) + "lamda = 1\n");
    FAIL() << "expected a ConfigError";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(),
              (folder() / "pipeline.toml").string() + ":9:1: learner[0].lamda: unknown key. Did you mean 'lambda'?");
  }
}

TEST_F(PipelineFile, TakesAnIntegerForANumber) {
  EXPECT_EQ(value_of(load(std::string(kSoundFile) + "lambda = 2\n").learners[0], "lambda").number, 2.0);
}

TEST_F(PipelineFile, MayLeaveNothingToRetrainFor) {
  EXPECT_TRUE(load(std::string(kSoundFile) + "[retrain]\nwhen = []\n").retrain.when.empty());
}

TEST_F(PipelineFile, MayHaveNoDetectors) { EXPECT_TRUE(load("drift = []\n" + std::string(kSoundFile)).drift.empty()); }

TEST_F(PipelineFile, TakesGatesUnderTheirOwnHeading) {
  const auto config = load(std::string(kSoundFile) + "[[promote.gates]]\nmetric = \"r2\"\nimproves_by = 0\n");
  ASSERT_EQ(config.promote.gates.size(), 1u);
  EXPECT_EQ(config.promote.gates[0].metric, "r2");
  EXPECT_EQ(config.promote.gates[0].improves_by, 0.0);
  EXPECT_EQ(config.promote.gates[0].worsens_by_at_most, std::nullopt);
}

TEST_F(PipelineFile, TakesAnAddressOfTheNewerKind) {
  const auto config = load(std::string(kSoundFile) + "[serve]\nlisten = \"[::1]:0\"\n");
  EXPECT_EQ(config.serve.host, "::1");
  EXPECT_EQ(config.serve.port, 0);
}

TEST_F(PipelineFile, MayNameItsClassesColumnCategorical) {
  EXPECT_EQ(
      lines_of("[columns]\ncategorical = [\"price\"]\n" + std::string(kSoundFile) +
               "[promote]\nmetric = \"auc\"\n[train]\nseed = 1\n"
               "[explain]\nplugin = \"linear_shap\"\n"),
      "2:16: columns.categorical[0]: is the target, which cannot be one of columns.categorical\n"
      "12:10: promote.metric: expected a metric of regression, one of: mae, rmse, median_ae, median_ape, r2, found the "
      "text \"auc\"\n");
  std::string text = "[columns]\ncategorical = [\"price\"]\n" + std::string(kSoundFile);
  text.insert(text.find("target"), "task = \"classification\"\n");
  EXPECT_EQ(lines_of(text), "");
}

TEST_F(PipelineFile, PutsEnvironmentVariablesIntoEveryText) {
  ::setenv("VELETA_TEST_NAME", "x", 1);
  const PipelineConfig config = load(R"([pipeline]
name = "${VELETA_TEST_NAME}"
target = "${VELETA_TEST_NAME}"
task = "${VELETA_TEST_UNSET:-classification}"
[source]
plugin = "${VELETA_TEST_UNSET:-http}"
url = "http://${VELETA_TEST_NAME}/"
query = { day = "${VELETA_TEST_NAME}" }
end.message = "${VELETA_TEST_NAME}"
[columns]
ignore = ["id", "${VELETA_TEST_NAME}y"]
[[drift]]
plugin = "ks"
columns = ["${VELETA_TEST_NAME}z"]
[[learner]]
plugin = "ridge"
[promote]
gates = [ { metric = "${VELETA_TEST_UNSET:-auc}", improves_by = 0 } ]
[serve]
listen = "${VELETA_TEST_NAME}:80"
token = "${VELETA_TEST_NAME}"
)");
  EXPECT_EQ(config.pipeline.target, "x");
  EXPECT_EQ(config.serve.token, "x");
  EXPECT_EQ(config.source.name, "http");
  EXPECT_EQ(value_of(config.source, "url").text, "http://x/");
  EXPECT_THAT(value_of(config.source, "query").items, ElementsAre("day", "x"));
  EXPECT_EQ(value_of(config.source, "end.message").text, "x");
  EXPECT_THAT(config.columns.ignore, ElementsAre("id", "xy"));
  EXPECT_THAT(config.drift[0].columns, ElementsAre("xz"));
  EXPECT_EQ(config.promote.gates[0].metric, "auc");
  EXPECT_EQ(config.serve.host, "x");
  EXPECT_EQ(config.store_uri, "sqlite:///var/x.db");
  EXPECT_EQ(config.text.find("http://x/"), std::string::npos) << "the recorded text holds what the environment holds";
}

TEST_F(PipelineFile, MayHaveAWrongSourceAndDriftWhereNoBatchIsTaken) {
  const std::string text = R"([pipeline]
name = "rent"
target = "price"
[source]
plugin = "csv"
path = "${VELETA_TEST_UNSET}"
[columns]
ignore = ["id"]
[[drift]]
plugin = "not_installed"
[[drift]]
plugin = "ks"
min_efect = 1
columns = ["id"]
[[learner]]
plugin = "ridge"
[driftt]
)";
  const std::string unknown_section = "17:2: driftt: unknown section. Did you mean 'drift'?\n";
  EXPECT_EQ(lines_of(text, plugins_, ConfigScope::kAllButSourceAndDrift), unknown_section);
  EXPECT_THAT(lines_of(text), AllOf(HasSubstr("6:8: source.path: "), HasSubstr("10:10: drift[0].plugin: "),
                                    HasSubstr("13:1: drift[1].min_efect: "), HasSubstr("14:12: drift[1].columns[0]: "),
                                    HasSubstr(unknown_section)));
}

TEST_F(PipelineFile, MayHaveNoTablesOfDetectorsWhereNoBatchIsTaken) {
  const std::string text = "drift = 3\n" + std::string(kSoundFile);
  EXPECT_EQ(lines_of(text, plugins_, ConfigScope::kAllButSourceAndDrift), "");
  EXPECT_THAT(lines_of(text), HasSubstr("1:9: drift: expected [[drift]]"));
}

TEST_F(PipelineFile, IsCheckedWithoutSideEffects) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(::ntohs(address.sin_port));

  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder());
  EXPECT_NO_THROW(
      load("[pipeline]\nname = \"x\"\ntarget = \"y\"\n[source]\nplugin = \"http\"\nurl = \"http://127.0.0.1:" + port +
           "/\"\n[[learner]]\nplugin = \"xgboost\"\n[store]\nuri = \"sqlite:///var/a.db\"\n"
           "[serve]\nlisten = \"127.0.0.1:" +
           port + "\"\n"));
  std::filesystem::current_path(before);

  EXPECT_THAT(names_in(folder()), ElementsAre("pipeline.toml"));
  pollfd connection{listener, POLLIN, 0};
  EXPECT_EQ(::poll(&connection, 1, 0), 0) << "somebody connected";
  ::close(listener);
}

TEST_F(PipelineFile, AcceptsTheExamplesOfTheRepository) {
  // As `./dev up` names them.
  ::setenv("VELETA_STORE", "postgresql://veleta:secret@127.0.0.1:5432/veleta", 1);
  ::setenv("VELETA_BLOBS", "s3://veleta/raw", 1);
  ::setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000", 1);
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(VELETA_SOURCE_FOLDER) + "/configs"))
    if (entry.path().extension() == ".toml") {
      EXPECT_NO_THROW(load_config(entry.path(), plugins_)) << entry.path();
      ++count;
    }
  EXPECT_GE(count, 3u);
}

std::vector<std::string> settings_of(const std::string& file) {
  std::ifstream text(std::string(VELETA_SOURCE_FOLDER) + "/configs/" + file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);)
    if (!line.starts_with('#')) lines.push_back(line);
  return lines;
}

TEST_F(PipelineFile, OfThePlatformDiffersFromTheEmbeddedOneInThreeLines) {
  const auto embedded = settings_of("realty.toml"), platform = settings_of("realty_platform.toml");
  std::vector<std::string> own;
  std::copy_if(platform.begin(), platform.end(), std::back_inserter(own), [&](const std::string& line) {
    return std::find(embedded.begin(), embedded.end(), line) == embedded.end();
  });
  EXPECT_EQ(own.size(), 3) << "store.uri, store.blobs, registry.uri";
}

TEST_F(PipelineFile, OfTheArchitecturePageIsAccepted) {
  const PipelineConfig config = load(R"([pipeline]
name = "realty"
task = "regression"
target = "price"

[source]
plugin = "http"
url = "http://127.0.0.1:8000/data"
query = { group_number = 4, day = "Tuesday" }
rows = "/data"                                   # JSON pointer to the rows
batch_id = "/batch_number"
end = { status = 400, message = "minima necesaria" }
timeout_s = 300

[columns]
categorical = ["brokered_by", "status", "street", "city", "state", "zip_code"]
date = ["prev_sold_date"]

[validate]
min_rows = 5000
max_missing_share = 0.2

[[drift]]
plugin = "ks"
min_effect = 0.1                                 # largest distance between the two distribution functions that does not matter
[[drift]]
plugin = "chi_square"
min_effect = 0.1                                 # Cramér's V

[retrain]
alpha = 0.05                                     # after correction over columns (Benjamini–Hochberg)
when = ["drift", "performance", "new_categories"]

[[learner]]
plugin = "xgboost"
rounds = 300
[[learner]]
plugin = "ridge"

[promote]
metric = "mae"
gates = [ { metric = "mae", improves_by = 0.03 }, { metric = "rmse", worsens_by_at_most = 0.01 } ]

[explain]
plugin = "tree_shap"

[registry]
uri = "sqlite:///var/veleta.db"                  # or "http://mlflow:5000"

[serve]
listen = "127.0.0.1:8080"
)");
  EXPECT_EQ(config.source.name, "http");
  EXPECT_THAT(value_of(config.source, "query").items, ElementsAre("day", "Tuesday", "group_number", "4"));
  EXPECT_EQ(value_of(config.source, "end.status").integer, 400);
  EXPECT_EQ(config.validate.min_rows, 5000);
  EXPECT_EQ(config.drift.size(), 2u);
  EXPECT_EQ(config.learners.size(), 2u);
  EXPECT_EQ(config.promote.gates.size(), 2u);
  EXPECT_EQ(config.explain->name, "tree_shap");
  EXPECT_EQ(config.registry_uri, "sqlite:///var/veleta.db");
}

TEST_F(PipelineFile, TakesTheTargetOfARegressionForANumber) {
  const auto numeric = [&](const std::string& keys) {
    return load("[pipeline]\nname = \"a\"\ntarget = \"y\"\n" + keys +
                "[source]\nplugin = \"csv\"\npath = \"rows\"\n[[learner]]\nplugin = \"ridge\"\n")
        .columns.numeric;
  };
  EXPECT_THAT(numeric(""), ElementsAre("y"));
  EXPECT_THAT(numeric("[columns]\nnumeric = [\"y\", \"x\"]\n"), ElementsAre("y", "x"));
  EXPECT_THAT(numeric("[columns]\nnumeric = [\"x\"]\n"), ElementsAre("x", "y"));
  EXPECT_THAT(numeric("task = \"classification\"\n"), ElementsAre());
}

TEST_F(PipelineFile, IsDocumentedByTheTablesThatItIsCheckedBy) {
  EXPECT_EQ(read_file(std::string(VELETA_SOURCE_FOLDER) + "/docs/configuration.md"), config_reference(plugins_))
      << "docs/configuration.md is stale: veleta config reference > docs/configuration.md";
}

}  // namespace
}  // namespace veleta
