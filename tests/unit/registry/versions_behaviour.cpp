#include "registry_behaviour.hpp"

// Versions of models and their files.
namespace veleta {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Pair;
using Texts = std::map<std::string, std::string>;

std::vector<int> numbers(const std::vector<ModelVersion>& versions) {
  std::vector<int> result;
  for (const auto& version : versions) result.push_back(version.version);
  return result;
}

TEST_P(RegistryBehaviour, MakesAVersionOfARun) {
  const std::string run = new_run();
  const ModelVersion made =
      registry().create_version(model_, run, kFiles, "it errs less: \"Ñ\" 🧭", {{"digest", "ab"}, {"batch_id", ""}});
  const ModelVersion found = registry().get_version(model_, made.version);
  for (const auto& version : {made, found}) {
    EXPECT_EQ(version.model, model_);
    EXPECT_EQ(version.version, 1);
    EXPECT_EQ(version.run_id, run);
    EXPECT_FALSE(version.source.empty());
    EXPECT_EQ(version.description, "it errs less: \"Ñ\" 🧭");
    EXPECT_THAT(version.tags, IsSupersetOf(Texts{{"digest", "ab"}, {"batch_id", ""}}));
    EXPECT_THAT(version.aliases, IsEmpty());
    EXPECT_GT(version.created_ms, 1'600'000'000'000);
  }
  EXPECT_EQ(found.source, made.source);
}

TEST_P(RegistryBehaviour, CountsTheVersionsOfEachModel) {
  const std::string other = model_ + "-other";
  EXPECT_EQ(new_version(model_), 1);
  EXPECT_EQ(new_version(other), 1);
  EXPECT_EQ(new_version(model_), 2);
  reopen();
  EXPECT_EQ(new_version(model_), 3);
  EXPECT_THAT(numbers(registry().list_versions(model_)), ElementsAre(3, 2, 1));
  EXPECT_THAT(numbers(registry().list_versions(other)), ElementsAre(1));
  EXPECT_THAT(registry().list_versions(model_ + "-unknown"), IsEmpty());
}

TEST_P(RegistryBehaviour, GivesTheVersionOfARunBackAsItIs) {
  const std::string run = new_run();
  const ModelVersion first = registry().create_version(model_, run, kFiles, "first", {{"status", "challenger"}});
  new_version(model_);
  reopen();
  const ModelVersion again = registry().create_version(model_, run, {{"other", "x"}}, "second", {{"status", "other"}});
  EXPECT_EQ(registry().version_files(again), kFiles);
  EXPECT_EQ(again.version, first.version);
  EXPECT_EQ(again.description, "first");
  EXPECT_EQ(again.source, first.source);
  EXPECT_EQ(again.created_ms, first.created_ms);
  EXPECT_THAT(again.tags, IsSupersetOf(Texts{{"status", "challenger"}}));
  EXPECT_EQ(registry().create_version(model_ + "-other", run, kFiles, "", {}).version, 1);
  EXPECT_THAT(numbers(registry().list_versions(model_)), ElementsAre(2, 1));
}

TEST_P(RegistryBehaviour, DescribesAVersion) {
  const std::string run = new_run();
  registry().create_version(model_, run, kFiles, "before", {{"status", "challenger"}, {"digest", "ab"}});
  new_version(model_);
  const std::string longest(kMaxDescriptionBytes, 'd');
  registry().describe_version(model_, 1, longest, {{"status", "promoted"}, {"decided_at", "now"}});
  const ModelVersion version = registry().get_version(model_, 1);
  EXPECT_EQ(version.description, longest);
  EXPECT_THAT(version.tags, IsSupersetOf(Texts{{"status", "promoted"}, {"digest", "ab"}, {"decided_at", "now"}}));
  EXPECT_EQ(registry().get_version(model_, 2).description, "");
}

TEST_P(RegistryBehaviour, TellsUnknownVersions) {
  new_version(model_);
  const std::function<void(const std::string&, int)> calls[] = {
      [&](const auto& model, int number) { registry().get_version(model, number); },
      [&](const auto& model, int number) {
        registry().describe_version(model, number, "why", {{"a", "b"}});
      },
      [&](const auto& model, int number) { registry().move_alias(model, "production", number, std::nullopt); },
      [&](const auto& model, int number) {
        ModelVersion version;
        version.model = model;
        version.version = number;
        registry().version_files(version);
      }};
  for (const auto& [model, number] : {std::pair(model_, 2), std::pair(model_, 99), std::pair("not-" + model_, 1)})
    for (size_t i = 0; i < std::size(calls); ++i) {
      SCOPED_TRACE("call " + std::to_string(i) + ", version " + std::to_string(number) + " of " + model);
      const Error error = error_of([&, &model = model, &number = number] { calls[i](model, number); });
      EXPECT_EQ(error.code(), ErrorCode::kNotFound);
      EXPECT_THAT(error.what(), AllOf(HasSubstr("'" + model + "'"), HasSubstr(std::to_string(number))));
    }
}

TEST_P(RegistryBehaviour, GivesTheFilesOfAVersion) {
  const std::string run = new_run();
  const std::string bytes("\0\xff\r\n", 4);
  const Texts files{{"MLmodel", "{\n  \"flavors\": {},\n\t\"\u00f1\": 1.50 \n} \n"},
                    {"card.json", bytes},
                    {"data/learner.bin", std::string(300'000, 'x') + bytes},
                    {"data/empty", ""}};
  registry().put_artifact(run, "pipeline.toml", "not the model's");
  const ModelVersion version = registry().create_version(model_, run, files, "", {});
  const ModelVersion other = registry().create_version(model_ + "-other", run, kFiles, "", {});
  reopen();
  EXPECT_EQ(registry().version_files(version), files);
  EXPECT_EQ(registry().version_files(other), kFiles);
}

TEST_P(RegistryBehaviour, GivesTheFilesOfAFolderOfAVersion) {
  const Texts files{{"MLmodel", "{}"},
                    {"model/card.json", "{}"},
                    {"model/data/learner.bin", "x"},
                    {"model.ubj", "y"},
                    {"models/a", "z"}};
  const std::string run = new_run();
  const ModelVersion version = registry().create_version(model_, run, files, "", {});
  const ModelVersion other = registry().create_version(model_ + "-other", run, files, "", {});
  for (const ModelVersion& each : {version, other}) {
    EXPECT_EQ(registry().version_files(each, "model"),
              (Texts{{"model/card.json", "{}"}, {"model/data/learner.bin", "x"}}));
    EXPECT_EQ(registry().version_files(each, "model/data"), (Texts{{"model/data/learner.bin", "x"}}));
    EXPECT_EQ(code_of([&] { registry().version_files(each, "mode"); }), ErrorCode::kNotFound);
    EXPECT_EQ(code_of([&] { registry().version_files(each, "../model"); }), ErrorCode::kInvalidArgument);
  }
}

TEST_P(RegistryBehaviour, GivesAFileBackThatIsCalledMlmodelAndIsNone) {
  for (const std::string text : {"", "{}", "{ }", "flavors: {}", "[1]", "{\"a\": 1", "{\"run_id\": \"mine\"}"}) {
    const ModelVersion version = registry().create_version(model_, new_run(), {{"MLmodel", text}}, "", {});
    EXPECT_THAT(registry().version_files(version), ElementsAre(Pair("MLmodel", text)));
  }
}

TEST_P(RegistryBehaviour, FindsTheFilesOfAVersionByItsModelAndNumberAlone) {
  const ModelVersion version = registry().create_version(model_, new_run(), kFiles, "", {});
  for (const std::string source :
       {"", "/etc", "file:///etc", "file:///", "s3://bucket/x", "models:/other/1", "../.."}) {
    ModelVersion hostile = version;
    hostile.source = source;
    hostile.run_id = "..";
    EXPECT_EQ(registry().version_files(hostile), kFiles) << source;
  }
}

TEST_P(RegistryBehaviour, RefusesBadNamesOfModels) {
  const std::string run = new_run();
  const std::string names[] = {"",    ".",    "..",   "a/b", "a\\b", "a:b",      "a.b",
                               "a%b", "a\"b", "it's", "/",   "a\nb", {"a\0", 2}, std::string(201, 'a')};
  for (const std::string& name : names) {
    EXPECT_EQ(code_of([&] { registry().create_version(name, run, kFiles, "", {}); }), ErrorCode::kInvalidArgument)
        << "'" << name << "'";
  }
}

TEST_P(RegistryBehaviour, RefusesVersionsThatItCouldNotKeep) {
  const std::string run = new_run();
  std::vector<Texts> bad_files{{}, {{"", "x"}}, {{"a", "x"}, {"a/b/c", "x"}}, {{"veleta-manifest.json", "{}"}}};
  for (const std::string& path : kBadPaths) bad_files.push_back({{"card.json", "{}"}, {path, "x"}});
  for (const Texts& files : bad_files)
    EXPECT_EQ(code_of([&] { registry().create_version(model_, run, files, "", {}); }), ErrorCode::kInvalidArgument)
        << "'" << (files.empty() ? "" : files.begin()->first) << "'";
  const std::string too_long(kMaxDescriptionBytes + 1, 'd');
  EXPECT_EQ(code_of([&] { registry().create_version(model_, run, kFiles, too_long, {}); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] {
              registry().create_version(model_, run, kFiles, "", {{"a@b", "1"}});
            }),
            ErrorCode::kInvalidArgument);
  EXPECT_THAT(registry().list_versions(model_), IsEmpty());

  EXPECT_EQ(registry().create_version(model_, run, kFiles, "before", {}).version, 1);
  EXPECT_EQ(code_of([&] { registry().describe_version(model_, 1, too_long, {}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] {
              registry().describe_version(model_, 1, "after", {{"", "1"}});
            }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(registry().get_version(model_, 1).description, "before");
}

}  // namespace
}  // namespace veleta
