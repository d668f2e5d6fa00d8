#include <gmock/gmock.h>

#include "plugin_folder.hpp"

namespace veleta::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Manifest, AnswersWithoutMappingTheLibrary) {
  PluginFolder folder;
  folder.write("ks.so", "not a library, and nobody minds");
  folder.write("ks.toml", manifest("ks", "detector", "ks"));
  const auto plugins = PluginHost({folder.path()}).list();
  ASSERT_EQ(plugins.size(), 1u);
  EXPECT_EQ(plugins[0].kind, PluginKind::kDetector);
  EXPECT_EQ(plugins[0].name, "ks");
  EXPECT_EQ(plugins[0].version, "1.0.0");
  EXPECT_EQ(plugins[0].description, "for tests");
  EXPECT_EQ(plugins[0].library, folder.path() / "ks.so");
  EXPECT_EQ(plugins[0].abi_version, 1u);
  EXPECT_EQ(plugins[0].problem, "");
}

TEST(Manifest, MayTellOfSeveralPluginsInOneLibrary) {
  PluginFolder folder;
  folder.write("two.so", "");
  folder.write("two.toml",
               manifest("two", "source", "one") +
                   "[[plugin]]\nkind = \"learner\"\nname = \"other\"\ndescription = \"x\"\nversion = \"2.0.0\"\n");
  PluginHost host({folder.path()});
  EXPECT_THAT(host.names(PluginKind::kSource), ElementsAre("one"));
  EXPECT_THAT(host.names(PluginKind::kLearner), ElementsAre("other"));
  EXPECT_EQ(host.list()[1].version, "2.0.0");
}

TEST(Manifest, OfTwoPluginsOfOneNameTheFirstFolderCounts) {
  PluginFolder first, second;
  first.add("mean_shift", "detector", "mean_shift");
  second.add("mean_shift", "detector", "mean_shift");
  const auto plugins = PluginHost({first.path(), second.path()}).list();
  ASSERT_EQ(plugins.size(), 1u);
  EXPECT_EQ(plugins[0].library.parent_path(), first.path());
}

TEST(Manifest, PassesOverAFolderThatDoesNotExist) { EXPECT_TRUE(PluginHost({"/nonexistent/plugins"}).list().empty()); }

TEST(Manifest, ALibraryWithoutOneIsNoPlugin) {
  PluginFolder folder;
  folder.add("mean_shift", "detector", "mean_shift");
  std::filesystem::remove(folder.path() / "mean_shift.toml");
  PluginHost host({folder.path()});
  EXPECT_TRUE(host.list().empty());
  EXPECT_EQ(error_of([&] { host.describe(PluginKind::kDetector, "mean_shift"); }).code(), ErrorCode::kNotFound);
}

struct BadManifest {
  const char* label;
  std::string content;
  const char* problem;
};

std::string replaced(std::string from, const std::string& to) {
  std::string text = manifest("good", "detector", "good");
  return text.replace(text.find(from), from.size(), to);
}

class BadManifestTest : public ::testing::TestWithParam<BadManifest> {};

TEST_P(BadManifestTest, IsListedWithItsProblemAndRefusedByName) {
  PluginFolder folder;
  folder.write("good.so", "");
  folder.write("good.toml", GetParam().content);
  PluginHost host({folder.path()});
  ASSERT_EQ(host.list().size(), 1u);
  EXPECT_THAT(host.list()[0].problem, HasSubstr(GetParam().problem));
  EXPECT_TRUE(host.names(PluginKind::kDetector).empty());
  if (host.list()[0].name != "good") return;
  const Error refused = error_of([&] { host.describe(PluginKind::kDetector, "good"); });
  EXPECT_EQ(refused.code(), ErrorCode::kPlugin);
  EXPECT_THAT(refused.what(), HasSubstr("detector 'good' (" + folder.path().string()));
  EXPECT_THAT(refused.what(), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Manifest, BadManifestTest,
    ::testing::Values(BadManifest{"Syntax", "name = ", "its manifest cannot be read"},
                      BadManifest{"Version", replaced("manifest_version = 1", "manifest_version = 2"),
                                  "its manifest_version is 2; this host reads 1"},
                      BadManifest{"Kind", replaced("\"detector\"", "\"detectr\""), "Did you mean 'detector'?"},
                      BadManifest{"Abi", replaced("abi_version = 1", "abi_version = 2"),
                                  "built for plugin ABI 2; this host speaks 1: rebuild it against this version's SDK"},
                      BadManifest{"Missing", replaced("good.so", "gone.so"), "gone.so is missing"},
                      BadManifest{"Elsewhere", replaced("good.so", "../good.so"), "must be a file beside the manifest"},
                      BadManifest{"Name", replaced("name = \"good\"", "name = \"Good-1\""), "expected [a-z][a-z0-9_]*"},
                      BadManifest{"NoDescription", replaced("description = \"for tests\"", ""),
                                  "no text 'description'"},
                      BadManifest{"NoPlugin", "manifest_version = 1\n", "no [[plugin]]"}),
    [](const auto& test) { return test.param.label; });

}  // namespace
}  // namespace veleta::testing
