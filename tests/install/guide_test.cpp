#include <gmock/gmock.h>

#include "base/json.hpp"
#include "installed.hpp"

// docs/plugin_guide.md, followed to the letter.

namespace veleta::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// The guide's fenced blocks of one language, in order.
std::vector<std::string> blocks(const std::string& language) {
  const std::string guide = source_file("docs/plugin_guide.md"), fence = "```" + language + "\n";
  std::vector<std::string> found;
  for (size_t at = guide.find(fence); at != std::string::npos; at = guide.find(fence, at)) {
    at += fence.size();
    found.push_back(guide.substr(at, guide.find("```", at) - at));
  }
  return found;
}

class Guide : public ::testing::Test {
 protected:
  void SetUp() override {
    home_.install();
    home_.write("mean_shift/mean_shift.cpp", blocks("cpp").at(0));
    home_.write("mean_shift/mean_shift.toml", blocks("toml").at(0));
    home_.write("mean_shift/CMakeLists.txt", blocks("cmake").at(0));
    home_.write("my_pipeline.toml", source_file("configs/csv_quickstart.toml") + blocks("toml").at(1));
  }

  /// The commands of the guide's nth shell block.
  Outcome follow(size_t block) const { return home_.run(blocks("sh").at(block)); }

  Home home_;
};

constexpr size_t kInstall = 0, kBuild = 1, kCheck = 2, kUse = 3;

TEST_F(Guide, InstallsWithTheCommandsOfThisTest) {
  EXPECT_THAT(blocks("sh").at(kInstall), HasSubstr("cmake --install build/release --prefix ~/veleta\n"));
}

TEST_F(Guide, MakesAPluginThatIsBuiltInspectedCheckedAndUsed) {
  const Outcome built = follow(kBuild);
  ASSERT_EQ(built.status, 0) << built.output;
  EXPECT_THAT(built.output, Not(HasSubstr("warning")));
  EXPECT_THAT(built.output, AllOf(HasSubstr("detector mean_shift 1.0.0"), HasSubstr("threshold"), HasSubstr("3.0")));
  EXPECT_EQ(visible_symbols(home_, "mean_shift/build/mean_shift.so"), "veleta_library_entry\n");

  const Outcome checked = follow(kCheck);
  EXPECT_EQ(checked.status, 0) << checked.output;
  EXPECT_THAT(checked.output, AllOf(HasSubstr("mean_shift.contract"), HasSubstr("100% tests passed"),
                                    HasSubstr("detector mean_shift 1.0.0: keeps its contract")));

  const Outcome used = follow(kUse);
  EXPECT_EQ(used.status, 0) << used.output;
}

TEST_F(Guide, ShowsAPluginWhoseParametersAreHeldToTheirRange) {
  ASSERT_EQ(follow(kBuild).status, 0);
  std::string section = blocks("toml").at(1);
  ASSERT_NE(section.find("4.0"), std::string::npos) << section;
  section.replace(section.find("4.0"), 3, "-1.0");
  home_.write("my_pipeline.toml", source_file("configs/csv_quickstart.toml") + section);
  const Outcome used = follow(kUse);
  EXPECT_EQ(used.status, 2) << used.output;
  EXPECT_THAT(used.output, HasSubstr("threshold"));
}

TEST_F(Guide, ListsItsPluginInAFolderOfItsOwn) {
  ASSERT_EQ(follow(kBuild).status, 0);
  const Outcome listed = home_.run("veleta --plugins mean_shift/build plugins list --json");
  const json::array plugins = parse_json(listed.output, "the list").as_array();
  ASSERT_EQ(plugins.size(), 1u) << listed.output;
  EXPECT_EQ(text_or_empty(plugins[0].as_object(), "name"), "mean_shift");
}

}  // namespace
}  // namespace veleta::testing
