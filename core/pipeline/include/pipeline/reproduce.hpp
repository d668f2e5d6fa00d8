#pragma once

#include <string>
#include <vector>

#include "pipeline/pipeline.hpp"

namespace veleta {

/// What came of training a version again from what was recorded.
struct Reproduction {
  int version = 0;
  std::string learner;
  std::string recorded_digest, found_digest;  ///< of the version's bundle, as registered and as rebuilt
  std::vector<std::string> differing_inputs;  ///< a sentence each; empty: all are as they were recorded
  std::vector<std::string> differing_files;   ///< of the bundle, by name

  bool is_same() const { return recorded_digest == found_digest; }
};

/// Trains the version that a run registered once more: from the pipeline's file, the batches, the seed and the
/// champion as recorded, with the plugins that are installed. Changes nothing in store and registry.
/// Throws kNotFound for a run that registered no version, or whose records or rows are gone; kUnsupported for a run
/// whose inputs were not recorded; what training throws.
Reproduction reproduce_run(const std::string& pipeline, const std::string& run_id, Store& store, Registry& registry,
                           PluginHost& plugins, const RunOptions& options);

}  // namespace veleta
