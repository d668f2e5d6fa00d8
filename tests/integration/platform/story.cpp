#include "story.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <set>
#include <sstream>

#include "base/files.hpp"
#include "model/bundle.hpp"
#include "quickstart.hpp"

namespace veleta::test {

namespace {

constexpr const char* kBatches =
    "SELECT b.ordinal || ' ' || b.id || ' ' || b.state || ' ' || b.row_count || ' ' || b.payload_digest || ' ' ||"
    " (SELECT count(*) FROM {} c WHERE c.batch_id = b.id) FROM batches b ORDER BY b.ordinal";
constexpr const char* kCleanTable = "SELECT clean_table FROM pipelines";

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

std::vector<std::string> decisions_of(const std::string& history) {
  std::vector<std::string> decisions;
  const json::value array = parse_json(history, "the history");
  for (const auto& decision : array.as_array()) {
    std::string& line = decisions.emplace_back();
    for (const char* key : {"batch_id", "action", "outcome", "model_version", "sentence"})
      line += text_of(decision.at(key)) + " ";
  }
  return decisions;
}

std::vector<std::string> versions_of(const std::string& models) {
  std::vector<std::string> versions;
  const json::value array = parse_json(models, "the models");
  for (const auto& version : array.as_array()) {
    std::string& line = versions.emplace_back(text_of(version.at("version")) + " " + text_of(version.at("aliases")));
    for (const char* tag : {"status", "learner", "digest"}) line += " " + text_of(version.at("tags").at(tag));
    line += " " + text_of(version.at("description"));
  }
  return versions;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Story& story) {
  for (const auto* part : {&story.decisions, &story.batches, &story.versions})
    for (const auto& line : *part) out << "\n  " << line;
  return out;
}

Pipeline embedded_twin(const PlatformPipeline& pipeline, const Folder& folder, const std::string& source_url,
                       const std::string& learners) {
  Pipeline twin(folder, source_url, learners);
  write_file_atomically(
      twin.config(), changed(read_file(twin.config()), {{"name = \"realty\"", "name = \"" + pipeline.name() + "\""}}));
  return twin;
}

Story story_of(const Pipeline& pipeline) {
  const std::string clean_table = pipeline.query(kCleanTable);
  return {decisions_of(pipeline.veleta({"history", pipeline.config().string(), "--json"}).output),
          lines_of(pipeline.query(fmt::format(kBatches, clean_table))),
          versions_of(pipeline.veleta({"models", pipeline.config().string(), "--json"}).output)};
}

Story story_of(const PlatformPipeline& pipeline) {
  const std::string clean_table = pipeline.query(kCleanTable).at(0);
  return {decisions_of(pipeline.veleta("history", {"--json"}).output),
          pipeline.query(fmt::format(kBatches, clean_table)),
          versions_of(pipeline.veleta("models", {"--json"}).output)};
}

void expect_whole(const PlatformPipeline& pipeline) {
  Registry& registry = pipeline.registry();
  std::set<std::string> runs;
  for (const auto& version : registry.list_versions(pipeline.name())) {
    EXPECT_TRUE(runs.insert(version.run_id).second) << "a second version of run " << version.run_id;
    EXPECT_EQ(bundle_digest(registry.version_files(version)), version.tags.at("digest")) << version.version;
  }
  for (const auto& run : registry.list_runs(pipeline.name())) {
    EXPECT_EQ(run.status, "FINISHED") << run.id;
    EXPECT_TRUE(runs.contains(run.id)) << "a run without a version: " << run.id;
  }
  std::set<std::string> payloads;
  for (const auto& object : pipeline.bucket().list("raw")) payloads.insert(object.key);
  const auto digests = pipeline.query("SELECT DISTINCT payload_digest FROM batches");
  EXPECT_EQ(payloads.size(), digests.size());
  for (const auto& digest : digests)
    EXPECT_TRUE(std::ranges::any_of(payloads, [&](const auto& key) { return key.find(digest) != std::string::npos; }))
        << "no payload " << digest;
  EXPECT_THAT(pipeline.query("SELECT id FROM runs WHERE state = 'running'"), ::testing::IsEmpty());
  EXPECT_THAT(pipeline.query("SELECT pipeline FROM unsure_sources"), ::testing::IsEmpty());
}

}  // namespace veleta::test
