#pragma once

#include <cstdint>
#include <string>

#include "config/pipeline_config.hpp"
#include "drift/drift.hpp"
#include "plugins/plugin_host.hpp"
#include "registry/registry.hpp"
#include "store/store.hpp"

namespace veleta {

/// Rows that drift is judged on; one of the three is set.
struct JudgedRows {
  std::string batch;     ///< the id of a batch in RAW, or "latest"
  std::string json;      ///< an array of rows as JSON
  int64_t served_s = 0;  ///< what was predicted in the last so many seconds
};

struct DriftJudgement {
  int version = 0;    ///< of the production model, whose training window is the reference
  std::string batch;  ///< where it was one
  size_t rows = 0;
  DriftReport report;

  bool is_alarm() const { return !report.with(DriftVerdict::kDrifted).empty(); }
  /// "500 rows beside what version 3 learned: 1 of 11 columns drifted: price. price drifted up (…).", for people.
  std::string sentence() const;
};

/// Judges whether rows have drifted from what the production model learned, by the pipeline's detectors. Changes
/// nothing. Where nothing was served in that time, there are no rows and nothing was judged. Throws kNotFound without a
/// production model or batch, kBadData for rows that cannot be read or are none, and as detect_drift does.
DriftJudgement judge_drift(const PipelineConfig& config, const JudgedRows& rows, Store& store, Registry& registry,
                           PluginHost& plugins);

}  // namespace veleta
