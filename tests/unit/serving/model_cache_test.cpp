#include "model_cache.hpp"

#include <gmock/gmock.h>

#include "base/files.hpp"
#include "base/ids.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;

class ModelCacheTest : public ::testing::Test {
 protected:
  ~ModelCacheTest() override { fs::remove_all(folder_); }

  ModelCache cache(const std::string& pipeline = "realty") const { return {folder_, pipeline}; }

  static CachedVersion version(int number) {
    CachedVersion cached;
    cached.version.model = "realty";
    cached.version.version = number;
    cached.version.run_id = "run-" + std::to_string(number);
    cached.version.source = "somewhere";
    cached.version.description = "Promoted: mae \"fell\" by 4 % (Ñ)";
    cached.version.aliases = {"production"};
    cached.version.created_ms = 1'700'000'000'000 + number;
    cached.files = {{"model/bundle.json", "{}"},
                    {"model/learner.bin", std::string("\0\xff bytes of ", 12) + std::to_string(number)}};
    cached.version.tags = {{"digest", bundle_digest(cached.files)}};
    cached.confirmed_ms = 1'700'000'000'500;
    return cached;
  }

  fs::path file_named(const std::string& name) const {
    for (const auto& entry : fs::recursive_directory_iterator(folder_))
      if (entry.path().filename() == name) return entry.path();
    return {};
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta_model_cache_" + new_id());
};

TEST_F(ModelCacheTest, HasNothingAtFirst) {
  EXPECT_FALSE(cache().find());
  EXPECT_FALSE(cache().files_of(version(1).version));
  EXPECT_FALSE(fs::exists(folder_)) << "looking makes nothing";
}

TEST_F(ModelCacheTest, GivesBackWhatWasKeptLast) {
  cache().keep(version(1));
  cache().keep(version(2));
  const auto found = cache().find();
  ASSERT_TRUE(found);
  const CachedVersion expected = version(2);
  EXPECT_EQ(found->files, expected.files);
  EXPECT_EQ(found->confirmed_ms, expected.confirmed_ms);
  EXPECT_EQ(found->version.model, "realty");
  EXPECT_EQ(found->version.version, 2);
  EXPECT_EQ(found->version.run_id, "run-2");
  EXPECT_EQ(found->version.source, expected.version.source);
  EXPECT_EQ(found->version.description, expected.version.description);
  EXPECT_EQ(found->version.tags, expected.version.tags);
  EXPECT_EQ(found->version.aliases, expected.version.aliases);
  EXPECT_EQ(found->version.created_ms, expected.version.created_ms);
}

TEST_F(ModelCacheTest, KeepsOneVersionOnly) {
  cache().keep(version(1));
  cache().keep(version(2));
  int learners = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_))
    learners += entry.path().filename() == "learner.bin";
  EXPECT_EQ(learners, 1);
}

TEST_F(ModelCacheTest, KeepsPipelinesApart) {
  cache("a/b").keep(version(1));
  cache("a_b").keep(version(2));
  EXPECT_EQ(cache("a/b").find()->version.version, 1);
  EXPECT_EQ(cache("a_b").find()->version.version, 2);
}

TEST_F(ModelCacheTest, HasTheFilesOfTheSameVersionOnly) {
  cache().keep(version(1));
  EXPECT_EQ(cache().files_of(version(1).version), version(1).files);
  EXPECT_FALSE(cache().files_of(version(2).version));
  ModelVersion other = version(1).version;
  other.run_id = "run-of-another-registry";
  EXPECT_FALSE(cache().files_of(other));
  other = version(1).version;
  other.tags["digest"] = std::string(64, '0');
  EXPECT_FALSE(cache().files_of(other));
  other.tags.clear();
  EXPECT_FALSE(cache().files_of(other)) << "without a digest nobody knows";
}

TEST_F(ModelCacheTest, RefusesDamagedFiles) {
  for (const char* name : {"learner.bin", "bundle.json", "version.json"}) {
    cache().keep(version(1));
    ASSERT_TRUE(cache().find());
    write_file_atomically(file_named(name), "{\"damaged\": true}");
    EXPECT_FALSE(cache().find()) << name;
    cache().keep(version(1));
    fs::remove(file_named(name));
    EXPECT_FALSE(cache().find()) << name << " is missing";
    cache().keep(version(1));
    EXPECT_TRUE(cache().find()) << "kept anew over what was damaged";
  }
}

TEST_F(ModelCacheTest, ServesTheVersionBeforeWhereAKeepWasCutShort) {
  cache().keep(version(1));
  // What a crash leaves: files of the next version, not all of them, and the record before.
  write_file_atomically(file_named("version.json").parent_path() / "0123" / "model/bundle.json.part", "{");
  ASSERT_TRUE(cache().find());
  EXPECT_EQ(cache().find()->version.version, 1);
}

TEST_F(ModelCacheTest, NotesWhenTheRegistryConfirmedAtMostOnceAMinute) {
  cache().keep(version(1));
  const int64_t kept_ms = version(1).confirmed_ms;
  cache().confirm(version(1).version, kept_ms + 59'999);
  EXPECT_EQ(cache().find()->confirmed_ms, kept_ms);
  cache().confirm(version(2).version, kept_ms + 60'000);
  EXPECT_EQ(cache().find()->confirmed_ms, kept_ms) << "another version";
  cache().confirm(version(1).version, kept_ms + 60'000);
  EXPECT_EQ(cache().find()->confirmed_ms, kept_ms + 60'000);
}

TEST_F(ModelCacheTest, GoesOnWhereItCannotWrite) {
  write_file_atomically(folder_, "a file where the folder should be");
  cache().keep(version(1));
  EXPECT_FALSE(cache().find());
}

}  // namespace
}  // namespace veleta
