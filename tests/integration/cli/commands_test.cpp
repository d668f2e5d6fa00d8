#include <gmock/gmock.h>
#include <sys/wait.h>
#include <array>
#include <cstdio>
#include <filesystem>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"

namespace veleta {
namespace {

using testing::HasSubstr;

const std::string kProgram = std::string(VELETA_BINARY_FOLDER) + "/bin/veleta";

struct Ran {
  int status;
  std::string output;
};

/// Runs a line of the shell, in which `veleta` is the program.
Ran run(const std::string& line) {
  FILE* pipe = ::popen(("veleta() { '" + kProgram + "' \"$@\"; }; set -f; " + line).c_str(), "r");
  Ran ran{};
  std::array<char, 4096> part;
  while (const size_t count = std::fread(part.data(), 1, part.size(), pipe)) ran.output.append(part.data(), count);
  ran.status = WEXITSTATUS(::pclose(pipe));
  return ran;
}

struct Said {
  const char* name;
  const char* arguments;
  int status;
  const char* output;  ///< on both streams
};

const Said kSaid[] = {
    {"Nothing", "", 2,
     "veleta: expected a command: run, serve, runner, explain, drift, profile, history, models, show, reproduce, "
     "export, "
     "import, "
     "model, plugins, "
     "config. `veleta --help` tells "
     "more.\n"},
    {"AWrongCommand", "rnu my.toml", 2,
     "veleta: there is no command 'rnu'. Did you mean 'run'? `veleta --help` tells more.\n"},
    {"ACommandLikeNone", "frobnicate", 2,
     "veleta: there is no command 'frobnicate'. Expected one of: run, serve, runner, explain, drift, profile, history, "
     "models, show, "
     "reproduce, export, import, model, plugins, "
     "config. `veleta --help` tells more.\n"},
    {"HalfACommand", "config", 2,
     "veleta config: expected a command: check, reference. `veleta config --help` tells more.\n"},
    {"AWrongInnerCommand", "config chek my.toml", 2,
     "veleta config: there is no command 'chek'. Did you mean 'check'? `veleta config --help` tells more.\n"},
    {"AMissingArgument", "config check", 2,
     "veleta config check: CONFIG is required. `veleta config check --help` tells more.\n"},
    {"AnArgumentTooMany", "run a.toml b.toml", 2,
     "veleta run: 'b.toml' is one argument too many. `veleta run --help` tells more.\n"},
    {"AWrongOption", "run --untilend a.toml", 2,
     "veleta run: there is no option '--untilend'. Did you mean '--until-end'? `veleta run --help` tells more.\n"},
    {"AWrongValue", "serve a.toml --port 99999", 2,
     "veleta serve: --port: Value 99999 not in range 0 to 65535. `veleta serve --help` tells more.\n"},
    {"AWindowThatIsNotThere", "drift absent.csv LICENSE", 1,
     "veleta: cannot read absent.csv: No such file or directory\n"},
    {"AVerdictThatIsNone", "drift a.csv b.csv --fail-on drfit", 2,
     "veleta drift: --fail-on: drfit not in {drift,underpowered}. `veleta drift --help` tells more.\n"},
    {"AMissingFile", "run absent.toml", 2,
     "veleta: pipeline's file: cannot read absent.toml: No such file or directory\n"},
    {"AFolder", "config check configs", 2, "veleta: pipeline's file: cannot read configs: Is a directory\n"},
    {"AFileThatIsNoModel", "model inspect LICENSE", 6,
     "veleta: LICENSE: this is no model file that is known: expected XGBoost JSON (.json), XGBoost UBJSON (.ubj), "
     "LightGBM text (.txt), dlib random_forest_regression_function, Veleta random_forest; found a file that begins "
     "with "
     "'\\x0a                       '\n"},
    {"ASoundFile", "config check configs/churn.toml --verbose", 0, "configs/churn.toml: pipeline 'churn' is sound\n"},
};

class Arguments : public testing::TestWithParam<Said> {};

TEST_P(Arguments, AreAnsweredInOneLine) {
  const Ran ran = run(std::string("veleta ") + GetParam().arguments + " 2>&1");
  EXPECT_EQ(ran.output, GetParam().output);
  EXPECT_EQ(ran.status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(Cli, Arguments, testing::ValuesIn(kSaid),
                         [](const auto& said) { return std::string(said.param.name); });

TEST(Help, IsThereForEveryCommand) {
  for (const char* command : {"",
                              "run",
                              "serve",
                              "explain",
                              "drift",
                              "profile",
                              "profile build",
                              "profile merge",
                              "profile show",
                              "profile diff",
                              "history",
                              "models",
                              "show",
                              "reproduce",
                              "export",
                              "import",
                              "model",
                              "model inspect",
                              "plugins",
                              "plugins list",
                              "plugins inspect",
                              "config",
                              "config check",
                              "config reference"}) {
    const Ran ran = run(std::string("veleta ") + command + " --help");
    EXPECT_EQ(ran.status, 0) << command;
    EXPECT_THAT(ran.output, HasSubstr("Usage: veleta")) << command;
  }
}

TEST(ConfigCheck, LeavesNothingBehind) {
  const auto folder = std::filesystem::temp_directory_path() / ("veleta-" + new_id());
  std::filesystem::create_directory(folder);
  const Ran ran =
      run("cd " + folder.string() + " && veleta config check " + VELETA_SOURCE_FOLDER + "/configs/realty.toml");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

TEST(ConfigReference, IsThePageInTheDocuments) {
  EXPECT_EQ(run("veleta config reference").output,
            read_file(std::string(VELETA_SOURCE_FOLDER) + "/docs/configuration.md"));
}

TEST(Output, ThatNobodyReadsEndsTheProgramQuietly) {
  // The reader is gone before the program starts; what it says on standard error comes back, then its status.
  const Ran ran = run("{ { sleep 0.1; veleta config reference; echo status $? >&2; } | true; } 2>&1");
  EXPECT_EQ(ran.output, "status 141\n");
}

TEST(Output, ThatCannotBeWrittenIsAFailure) {
  for (const char* command : {"plugins list", "config check configs/churn.toml", "config reference"}) {
    const Ran ran = run(std::string("veleta ") + command + " 2>&1 >/dev/full");
    EXPECT_EQ(ran.status, 1) << command;
    EXPECT_THAT(ran.output, HasSubstr("No space left on device")) << command;
  }
}

TEST(ModelInspect, TellsWhatIsInAFile) {
  const std::string models = std::string(VELETA_SOURCE_FOLDER) + "/tests/conformance/models/";
  const Ran xgboost = run("veleta model inspect " + models + "xgboost_3_sets_three_classes.json");
  EXPECT_EQ(xgboost.status, 0);
  for (const char* told : {"XGBoost JSON, by XGBoost 3.2.0", "multi:softprob; link softmax", "outputs      3;",
                           "trees        18:", "depth 4 at most", "sets of categories, up to 39", "größe"})
    EXPECT_THAT(xgboost.output, HasSubstr(told));
  const auto lightgbm =
      parse_json(run("veleta model inspect --json " + models + "lightgbm_4_zeros_missing.txt").output, "output");
  EXPECT_EQ(lightgbm.at("format").as_string(), "LightGBM text");
  EXPECT_EQ(lightgbm.at("trees").to_number<int>(), 6);
  EXPECT_EQ(lightgbm.at("leaves").to_number<int>(), 54);
  EXPECT_EQ(lightgbm.at("stands_for_missing").at(0).to_number<double>(), 0);
}

TEST(Json, IsJson) {
  for (const char* command : {"plugins list --json", "plugins inspect ks --json"}) {
    const Ran ran = run(std::string("veleta ") + command);
    EXPECT_TRUE(parse_json(ran.output, command).is_array()) << command;
  }
}

TEST(Json, TellsWhichPluginWasChecked) {
  const json::value listed = parse_json(run("veleta plugins inspect ks --json").output, "inspect").at(0);
  const json::value checked = parse_json(run("veleta plugins check ks --json").output, "check").at(0);
  for (const char* name : {"kind", "name", "version", "library"}) EXPECT_EQ(checked.at(name), listed.at(name)) << name;
  EXPECT_EQ(checked.at("kept"), true);
}

TEST(Inspect, TellsAPluginsFlags) {
  EXPECT_THAT(run("veleta plugins inspect ridge").output, HasSubstr("flags    needs_complete\n"));
  EXPECT_THAT(run("veleta plugins inspect ks").output, testing::Not(HasSubstr("flags")));
  const json::value ridge = parse_json(run("veleta plugins inspect ridge --json").output, "ridge");
  EXPECT_EQ(ridge.at(0).at("flags"), json::array({"needs_complete"}));
}

}  // namespace
}  // namespace veleta
