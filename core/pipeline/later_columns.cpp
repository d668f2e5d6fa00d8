#include "later_columns.hpp"

#include <set>

namespace veleta {

namespace {

std::set<std::string> clean_batches_after(Store& store, const BatchRecord& batch) {
  std::set<std::string> ids;
  for (const auto& other : store.list_batches(batch.pipeline))
    if (other.ordinal > batch.ordinal && other.state == BatchState::kClean) ids.insert(other.id);
  return ids;
}

/// What a run found new in its batch.
std::vector<std::string> new_columns(Store& store, const std::string& run_id) {
  for (const auto& step : store.steps(run_id))
    if (const json::value* names = step.output.if_contains("new_columns"); names && step.name == "validate")
      return texts(*names);
  return {};
}

/// Those that the pipeline's schema was extended by for batches taken after this one.
std::set<std::string> columns_after(Store& store, const BatchRecord& batch) {
  constexpr int kPage = 100;
  const std::set<std::string> later = clean_batches_after(store, batch);
  std::set<std::string> names;
  for (int offset = 0;; offset += kPage) {
    const auto runs = store.list_runs(batch.pipeline, kPage, offset);
    for (const auto& run : runs)
      if (later.contains(run.batch_id))
        for (const auto& name : new_columns(store, run.id)) names.insert(name);
    if (runs.size() < kPage) return names;
  }
}

}  // namespace

std::vector<std::string> later_columns(RunContext& context) {
  std::vector<std::string> columns = context.batch_rows().report.missing_columns;
  if (columns.empty()) return columns;
  const std::set<std::string> after = columns_after(context.store, context.batch());
  std::erase_if(columns, [&](const std::string& name) { return !after.contains(name); });
  return columns;
}

}  // namespace veleta
