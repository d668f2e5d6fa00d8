#include <fmt/format.h>
#include <algorithm>

#include "base/text.hpp"
#include "steps.hpp"

namespace veleta {

namespace {

/// The pipeline's schema with new columns at its end, whose types the batch tells; the others keep types and places.
Schema extended_schema(RunContext& context, const std::vector<std::string>& new_columns) {
  const Schema old = *context.store.schema(context.config.pipeline.name);
  PipelineConfig config = context.config;
  for (const auto& field : old.fields) {
    auto& list = field.type == ColumnType::kNumber     ? config.columns.numeric
                 : field.type == ColumnType::kCategory ? config.columns.categorical
                                                       : config.columns.date;
    if (std::find(list.begin(), list.end(), field.name) == list.end()) list.push_back(field.name);
  }
  const ReadResult inferred = read_payload(context.store, context.batch(), config, std::nullopt);
  Schema extended = old;
  for (const auto& name : new_columns) extended.fields.push_back(*inferred.schema.find(name));
  return extended;
}

/// What the step leaves: CLEAN keeps cells that are not of their column's type as missing, so they are counted here.
json::object output_of(BatchState state, const ReadResult& rows) {
  json::object retyped;
  for (const ColumnIssues& issues : rows.report.retyped) retyped[issues.name] = issues.retyped_count;
  return {{"state", to_string(state)}, {"retyped", std::move(retyped)}};
}

}  // namespace

void read_new_columns(RunContext& context, const std::vector<std::string>& new_columns) {
  const auto is_read = [&](const std::string& name) { return context.batch_rows().table.find(name) != nullptr; };
  if (std::ranges::all_of(new_columns, is_read)) return;
  context.keep_batch_rows(
      read_payload(context.store, context.batch(), context.config, extended_schema(context, new_columns)));
}

json::object clean(RunContext& context) {
  const std::string& pipeline = context.config.pipeline.name;
  const json::object& validated = context.output("validate");
  const auto batch = context.store.find_batch(pipeline, context.batch().id);
  // Rows that are in CLEAN stay there, also where the batch is judged again and does not pass.
  if (batch->state == BatchState::kClean) return output_of(BatchState::kClean, context.batch_rows());
  if (!validated.at("sound").as_bool()) {
    context.store.reject_batch(pipeline, batch->id);
    return output_of(BatchState::kRejected, context.batch_rows());
  }
  read_new_columns(context, texts(validated.at("new_columns")));
  const ReadResult& rows = context.batch_rows();
  context.report("clean", -1,
                 fmt::format("writing {} rows", with_thousands(static_cast<double>(rows.table.row_count()))));
  context.store.write_clean(pipeline, batch->id, rows.table);
  return output_of(BatchState::kClean, rows);
}

}  // namespace veleta
