#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/json.hpp"
#include "installed.hpp"

namespace veleta::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Installed : public ::testing::Test {
 protected:
  /// A project outside this repository with one plugin.
  void make_project(const std::string& name, const std::string& language, const std::string& source,
                    const std::string& code) {
    home_.write(name + "/" + source, code);
    home_.write(name + "/" + name + ".toml", detector_manifest(name));
    home_.write(name + "/CMakeLists.txt",
                fmt::format("cmake_minimum_required(VERSION 3.25)\nproject({0} LANGUAGES {1})\nenable_testing()\n"
                            "find_package(veleta REQUIRED)\nveleta_add_plugin({0} SOURCES {2})\n",
                            name, language, source));
  }
  Outcome build(const std::string& name) const {
    return home_.run(
        fmt::format("cmake -S {0} -B {0}/build -D CMAKE_PREFIX_PATH=~/veleta\ncmake --build {0}/build\n", name));
  }

  Home home_;
};

TEST_F(Installed, ProgramFindsThePluginsInstalledWithIt) {
  home_.install();
  const Outcome listed = home_.run("veleta plugins list --json");
  ASSERT_EQ(listed.status, 0) << listed.output;
  const json::array plugins = parse_json(listed.output, "the list").as_array();
  EXPECT_GE(plugins.size(), 13u);
  for (const auto& plugin : plugins) {
    EXPECT_THAT(text_or_empty(plugin.as_object(), "library"), StartsWith((home_.path() / "veleta").string()));
    EXPECT_TRUE(plugin.as_object().at("problem").is_null()) << listed.output;
  }
}

TEST_F(Installed, SdkTakesAPluginInC) {
  home_.install();
  make_project("range_in_c", "C", "range_in_c.c", source_file("tests/unit/plugins/fixtures/range_in_c.c"));
  const Outcome built = build("range_in_c");
  ASSERT_EQ(built.status, 0) << built.output;
  EXPECT_EQ(visible_symbols(home_, "range_in_c/build/range_in_c.so"), "veleta_library_entry\n");
  const Outcome checked = home_.run("veleta plugins check range_in_c/build/range_in_c.so");
  EXPECT_EQ(checked.status, 0) << checked.output;
}

TEST_F(Installed, SdkAloneBuildsAPluginAndTellsThatNothingChecksIt) {
  home_.install("--component sdk");
  EXPECT_FALSE(std::filesystem::exists(home_.path() / "veleta/bin"));
  make_project("range_in_c", "C", "range_in_c.c", source_file("tests/unit/plugins/fixtures/range_in_c.c"));
  const Outcome built = build("range_in_c");
  EXPECT_EQ(built.status, 0) << built.output;
  EXPECT_THAT(built.output, AllOf(HasSubstr("CMake Warning"),
                                  HasSubstr("no veleta program was found: range_in_c has no contract test"),
                                  HasSubstr("PATH"), HasSubstr("CMAKE_PREFIX_PATH")));
}

TEST_F(Installed, SdkRefusesToLinkWhatNobodyDefines) {
  home_.install("--component sdk");
  make_project("lacking", "C", "lacking.c", source_file("tests/unit/plugins/fixtures/undefined_symbol.c"));
  const Outcome built = build("lacking");
  EXPECT_NE(built.status, 0);
  EXPECT_THAT(built.output, HasSubstr("symbol_that_nobody_has"));
}

TEST_F(Installed, SdkAsksForTheManifest) {
  home_.install("--component sdk");
  make_project("range_in_c", "C", "range_in_c.c", source_file("tests/unit/plugins/fixtures/range_in_c.c"));
  std::filesystem::remove(home_.path() / "range_in_c/range_in_c.toml");
  const Outcome built = build("range_in_c");
  EXPECT_NE(built.status, 0);
  EXPECT_THAT(built.output, HasSubstr("the plugin range_in_c needs a manifest"));
}

TEST_F(Installed, ContractTestFailsForAPluginThatBreaksItsContract) {
  home_.install();
  make_project("mean_shift", "CXX", "mean_shift.cpp", source_file("tests/unit/plugins/fixtures/mean_shift.cpp"));
  ASSERT_EQ(build("mean_shift").status, 0);
  const Outcome tested = home_.run("ctest --test-dir mean_shift/build --output-on-failure");
  EXPECT_NE(tested.status, 0);
  EXPECT_THAT(tested.output, HasSubstr("judges_constant_windows"));
  EXPECT_EQ(home_.run("veleta plugins check mean_shift/build/mean_shift.so").status, 7);
}

TEST_F(Installed, CheckTakesNamesAndSettingsAndPrintsJson) {
  home_.install();
  home_.write("rows.csv", "a,b\n1,2\n");
  const Outcome checked = home_.run("veleta plugins check csv psi --set path=rows.csv --json");
  EXPECT_EQ(checked.status, 2) << "psi has no path: " << checked.output;
  const Outcome one = home_.run("veleta plugins check csv --set path=rows.csv --json");
  ASSERT_EQ(one.status, 0) << one.output;
  const json::object csv = parse_json(one.output, "the results").at(0).as_object();
  EXPECT_TRUE(csv.at("kept").as_bool());
  EXPECT_EQ(text_or_empty(csv.at("checks").at(0).as_object(), "name"), "describes_itself");
  EXPECT_EQ(text_or_empty(csv.at("checks").at(0).as_object(), "outcome"), "passed");
}

TEST_F(Installed, CheckSaysWhichManifestItMisses) {
  home_.install();
  home_.run("cp veleta/lib/veleta/plugins/ks.so alone.so");
  const Outcome checked = home_.run("veleta plugins check ./alone.so");
  EXPECT_EQ(checked.status, 1);
  EXPECT_THAT(checked.output, AllOf(HasSubstr("no manifest"), HasSubstr("alone.toml")));
}

TEST_F(Installed, ErrorsNameFoldersThatAreNotThere) {
  home_.install();
  const Outcome inspected = home_.run("veleta --plugins mean_shift/biuld plugins inspect mean_shift");
  EXPECT_EQ(inspected.status, 1);
  EXPECT_THAT(inspected.output, HasSubstr("mean_shift/biuld (no such folder)"));
}

}  // namespace
}  // namespace veleta::testing
