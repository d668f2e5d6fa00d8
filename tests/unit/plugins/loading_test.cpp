#include <gmock/gmock.h>

#include <array>
#include <cstdio>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "plugin_folder.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::string& library, const std::string& name) {
  PluginFolder folder;
  folder.add(library, "detector", name);
  PluginHost host({folder.path()});
  const Error error = error_of([&] { host.describe(PluginKind::kDetector, name); });
  EXPECT_EQ(error.code(), ErrorCode::kPlugin) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("detector '" + name + "' (" + (folder.path() / library).string() + ".so)"));
  return error.what();
}

TEST(Loading, DescribesAPluginOfTheSdk) {
  PluginFolder folder;
  folder.add("mean_shift", "detector", "mean_shift");
  PluginHost host({folder.path()});
  const auto& plugin = host.describe(PluginKind::kDetector, "mean_shift");
  EXPECT_EQ(plugin.library_digest, sha256_of_file(folder.path() / "mean_shift.so"));
  ASSERT_EQ(plugin.params.size(), 1u);
  EXPECT_EQ(plugin.params[0].name, "threshold");
  EXPECT_EQ(plugin.params[0].default_toml(), "3.0");
  EXPECT_EQ(plugin.params[0].range(), "0 or more");
  EXPECT_EQ(&plugin, &host.describe(PluginKind::kDetector, "mean_shift")) << "described once";
}

TEST(Loading, DescribesAPluginInC) {
  PluginFolder folder;
  folder.add("range_in_c", "detector", "range_in_c");
  PluginHost host({folder.path()});
  EXPECT_EQ(host.describe(PluginKind::kDetector, "range_in_c").params[0].range(), "0 to 100");
}

TEST(Loading, FindsPluginsOfSeveralKindsInOneLibrary) {
  PluginFolder folder;
  for (const char* kind : {"source", "detector", "learner", "explainer"}) {
    folder.add("rubbish", kind, "rubbish");
    PluginHost host({folder.path()});
    EXPECT_EQ(host.describe(host.list()[0].kind, "rubbish").params.at(0).name, "mistake") << kind;
  }
}

TEST(Loading, KeepsLibrariesApartThatShowAllTheirSymbols) {
  PluginFolder folder;
  folder.add("twin_1", "detector", "twin_1");
  folder.add("twin_2", "detector", "twin_2");
  PluginHost host({folder.path()});
  const std::vector<const char*> labels{"a"};
  const std::vector<double> counts{1};
  const CategoricalSample sample{labels, counts, 1, 0};
  for (const double number : {1, 2}) {
    const auto twin = host.create_detector("twin_" + std::to_string(static_cast<int>(number)), {}, {});
    EXPECT_EQ(twin->compare(sample, sample).statistic, number);
  }
}

TEST(Loading, TellsOfAFolderThatCannotBeRead) {
  PluginFolder folder;
  folder.write("a_file", "where a folder was expected");
  PluginHost host({folder.path() / "a_file", folder.path() / "absent"});
  ASSERT_EQ(host.list().size(), 1u) << "an absent folder is no problem";
  EXPECT_THAT(host.list()[0].problem, HasSubstr("its folder cannot be read: Not a directory"));
}

TEST(Loading, RefusesATextFile) {
  PluginFolder folder;
  folder.write("text.so", "this is a text");
  folder.write("text.toml", manifest("text", "detector", "text"));
  PluginHost host({folder.path()});
  const Error error = error_of([&] { host.describe(PluginKind::kDetector, "text"); });
  EXPECT_EQ(error.code(), ErrorCode::kPlugin);
  EXPECT_THAT(error.what(), HasSubstr("cannot be loaded"));
  EXPECT_THAT(error.what(), HasSubstr("file too short"));
}

TEST(Loading, RefusesUndefinedSymbolsAtOnce) {
  EXPECT_THAT(refusal("undefined_symbol", "x"), HasSubstr("undefined symbol: symbol_that_nobody_has"));
}

TEST(Loading, RefusesALibraryWithoutEntry) {
  EXPECT_THAT(refusal("no_entry", "x"), HasSubstr("it does not export veleta_library_entry"));
}

TEST(Loading, RefusesAnotherAbi) {
  EXPECT_THAT(refusal("abi_2", "x"), HasSubstr("it answers with plugin ABI 2; this host speaks 1: rebuild it"));
  EXPECT_THAT(refusal("abi_none", "x"), HasSubstr("it does not speak plugin ABI 1: rebuild it"));
}

TEST(Loading, RefusesAPluginThatTheLibraryDoesNotHold) {
  EXPECT_THAT(refusal("mean_shift", "median_shift"),
              HasSubstr("does not hold it, though the manifest says so; it holds: mean_shift"));
}

TEST(Loading, RefusesAManifestOfAnotherBuild) {
  PluginFolder folder;
  folder.add("mean_shift", "detector", "mean_shift");
  std::string text = manifest("mean_shift", "detector", "mean_shift");
  folder.write("mean_shift.toml", text.replace(text.find("\"1.0.0\""), 7, "\"1.1.0\""));
  PluginHost host({folder.path()});
  EXPECT_THAT(error_of([&] { host.describe(PluginKind::kDetector, "mean_shift"); }).what(),
              HasSubstr("its manifest says version 1.1.0, the library says 1.0.0"));
}

TEST(Loading, RefusesTablesThatLackSomething) {
  EXPECT_THAT(refusal("broken_tables", "no_doc"), HasSubstr("parameter 'undocumented' has no doc"));
  EXPECT_THAT(refusal("broken_tables", "param_twice"), HasSubstr("describes parameter 'sound' twice"));
  EXPECT_THAT(refusal("broken_tables", "nested"), HasSubstr("'sound.inner' lies inside its parameter 'sound'"));
  EXPECT_THAT(refusal("broken_tables", "reserved"), HasSubstr("'columns' has a name that the host uses"));
  EXPECT_THAT(refusal("broken_tables", "bad_name"), HasSubstr("'Threshold' is no name for a parameter"));
  EXPECT_THAT(refusal("broken_tables", "bad_default"),
              HasSubstr("default of its parameter 'negative' is wrong: expected 0 or more, found -1"));
  EXPECT_THAT(refusal("broken_tables", "no_verbs"), HasSubstr("lacks the function 'compare_numeric'"));
  EXPECT_THAT(refusal("broken_tables", "short_verbs"), HasSubstr("its table of functions has 8 bytes; ABI 1 needs 24"));
  EXPECT_THAT(refusal("broken_tables", "no_create"), HasSubstr("lacks the function 'create'"));
}

TEST(Loading, NamesTheNearestPluginAndTheFolders) {
  PluginFolder folder;
  folder.add("mean_shift", "detector", "mean_shift");
  PluginHost host({folder.path()});
  const Error error = error_of([&] { host.describe(PluginKind::kDetector, "mean_shfit"); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr("Did you mean 'mean_shift'?"));
  EXPECT_THAT(error.what(), HasSubstr(folder.path().string()));
  EXPECT_EQ(error_of([&] { host.describe(PluginKind::kLearner, "mean_shift"); }).code(), ErrorCode::kNotFound);
}

TEST(Loading, TwoHostsShareOneMapping) {
  PluginFolder folder;
  folder.add("mean_shift", "detector", "mean_shift");
  PluginHost first({folder.path()}), second({folder.path()});
  const auto values = default_values(first.describe(PluginKind::kDetector, "mean_shift").params);
  EXPECT_TRUE(first.create_detector("mean_shift", values, {})->compares_numbers());
  EXPECT_TRUE(second.create_detector("mean_shift", values, {})->compares_numbers());
}

/// The names in a library's dynamic symbol table that it defines.
std::vector<std::string> symbols_by_nm(const std::filesystem::path& library) {
  std::vector<std::string> names;
  const std::string command = "nm -D --defined-only --format=just-symbols '" + library.string() + "'";
  FILE* output = popen(command.c_str(), "r");
  for (std::array<char, 512> line{}; std::fgets(line.data(), line.size(), output);)
    names.emplace_back(line.data(), std::string_view(line.data()).find('\n'));
  EXPECT_EQ(pclose(output), 0) << command;
  return names;
}

TEST(Loading, FindsTheSymbolsThatNmFinds) {
  for (const char* library : {"mean_shift.so", "rubbish.so", "range_in_c.so"}) {
    const auto file = std::filesystem::path(FIXTURE_FOLDER) / library;
    EXPECT_THAT(exported_symbols(file), ::testing::UnorderedElementsAreArray(symbols_by_nm(file))) << file;
  }
}

TEST(Loading, FindsNoSymbolsInWhatIsNoWholeLibrary) {
  PluginFolder folder;
  const std::string whole = read_file(std::filesystem::path(FIXTURE_FOLDER) / "mean_shift.so");
  for (const std::string& content : {std::string(), std::string(100, 'x'), whole.substr(0, whole.size() / 2)}) {
    folder.write("broken.so", content);
    const Error error = error_of([&] { exported_symbols(folder.path() / "broken.so"); });
    EXPECT_EQ(error.code(), ErrorCode::kPlugin) << error.what();
  }
}

TEST(Loading, LibrariesExportTheEntryFunctionAlone) {
  EXPECT_THAT(exported_symbols(std::filesystem::path(FIXTURE_FOLDER) / "mean_shift.so"),
              ::testing::ElementsAre("veleta_library_entry"));
  const std::filesystem::path installed = std::filesystem::path(VELETA_BINARY_FOLDER) / "lib/veleta/plugins";
  ASSERT_TRUE(std::filesystem::exists(installed / "ks.so"));
  for (const auto& entry : std::filesystem::directory_iterator(installed)) {
    if (entry.path().extension() != ".so") continue;
    EXPECT_THAT(exported_symbols(entry.path()), ::testing::ElementsAre("veleta_library_entry")) << entry.path();
  }
}

}  // namespace
}  // namespace veleta::testing
