#include "pipeline/judge_drift.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "compare.hpp"
#include "rows.hpp"
#include "run_context.hpp"

namespace veleta {

namespace {

/// More of what was served would not change a verdict.
constexpr size_t kMostServedRows = 200'000;
constexpr size_t kToldResults = 5;

ReadResult read_rows(const std::string& text, const PipelineConfig& config, const std::optional<Schema>& schema) {
  return read_json_rows(*read_text(text), {config.columns, schema, ""});
}

const BatchRecord& named(const std::vector<BatchRecord>& batches, const std::string& name,
                         const std::string& pipeline) {
  if (batches.empty()) throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has taken no batch yet", pipeline));
  if (name == "latest") return batches.back();
  const auto found = std::ranges::find(batches, name, &BatchRecord::id);
  if (found == batches.end())
    throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no batch '{}'", pipeline, name));
  return *found;
}

/// The newest rows that were predicted since, as a JSON array.
std::string served_rows(Store& store, const std::string& pipeline, int64_t since_ms) {
  std::string rows = "[";
  for (const auto& record : store.list_inferences(pipeline, kMostServedRows)) {
    if (record.time_ms < since_ms) break;
    if (record.status != 200 || record.input.empty()) continue;  // or the row was too long to be kept
    rows.append(rows.size() > 1 ? "," : "").append(record.input);
  }
  return rows + "]";
}

}  // namespace

std::string DriftJudgement::sentence() const {
  const auto drifted = report.with(DriftVerdict::kDrifted);
  std::string details;
  for (size_t i = 0; i < std::min(drifted.size(), kToldResults); ++i)
    details.append(i == 0 ? " " : "; ").append(drifted[i]->sentence());
  if (!details.empty()) details += drifted.size() > kToldResults ? "; and more." : ".";
  return fmt::format("{} rows beside what version {} learned: {}{}", rows, version, report.sentence(), details);
}

DriftJudgement judge_drift(const PipelineConfig& config, const JudgedRows& rows, Store& store, Registry& registry,
                           PluginHost& plugins) {
  const std::string& pipeline = config.pipeline.name;
  const auto version = registry.version_by_alias(pipeline, kProductionAlias);
  if (!version)
    throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no production model to compare with", pipeline));
  const BundleParts trained = parts_from_files(registry.version_files(*version));
  DriftJudgement judgement;
  judgement.version = version->version;
  ReadResult read;
  if (!rows.batch.empty()) {
    const auto batches = store.list_batches(pipeline);
    const BatchRecord& batch = named(batches, rows.batch, pipeline);
    judgement.batch = batch.id;
    read = read_payload(store, batch, config, store.schema(pipeline));
  } else {
    const std::string text =
        rows.served_s > 0 ? served_rows(store, pipeline, now_ms() - rows.served_s * 1000) : rows.json;
    read = read_rows(text, config, store.schema(pipeline));
  }
  // One that no row has was not sent, as the target is not with a prediction's row: nothing is known of it.
  drop_columns(read.table, read.report.missing_columns);
  judgement.rows = read.table.row_count();
  if (judgement.rows == 0 && rows.served_s > 0) return judgement;
  if (judgement.rows == 0) throw Error(ErrorCode::kBadData, "there are no rows to judge");
  PluginServices services;
  services.log = [](int level, const std::string& message) { log(static_cast<LogLevel>(level), message); };
  const auto open = [&] { return Bundle::open(trained, plugins); };
  judgement.report = compare_with_training(trained, open, read, config.retrain.alpha, config, plugins, services);
  return judgement;
}

}  // namespace veleta
