#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "platform.hpp"

namespace veleta::test {

/// What must not depend on where it is kept, nor on what happened to the servers meanwhile.
struct Story {
  std::vector<std::string> decisions;  ///< batch, action, outcome, version, sentence
  std::vector<std::string> batches;    ///< number, id, state, rows, payload's digest, and rows in CLEAN
  std::vector<std::string> versions;   ///< number, aliases, status, learner, digest, description

  bool operator==(const Story&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Story& story);
};

/// The same pipeline, by the same name, on the embedded backends; a model's files tell the name.
Pipeline embedded_twin(const PlatformPipeline& pipeline, const Folder& folder, const std::string& source_url,
                       const std::string& learners = Pipeline::kSmallLearner);

Story story_of(const Pipeline& pipeline);
Story story_of(const PlatformPipeline& pipeline);

/// Expects of what the servers hold: each version once, with all its files as they were; each payload where its batch
/// says; no run that is under way; nothing that a broken try left to be seen.
void expect_whole(const PlatformPipeline& pipeline);

}  // namespace veleta::test
