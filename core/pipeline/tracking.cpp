#include "tracking.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "git_commit.hpp"

namespace veleta {

namespace {

constexpr size_t kDatasetDigestDigits = 36;
constexpr size_t kLongestSchema_bytes = 65535;

std::string user() {
  for (const char* name : {"USER", "LOGNAME"})
    if (const char* value = std::getenv(name); value && *value) return clipped(value, kMaxTagBytes);
  return "veleta";
}

const char* mlflow_type(ColumnType type) {
  switch (type) {
    case ColumnType::kNumber: return "double";
    case ColumnType::kTime: return "datetime";
    default: return "string";
  }
}

/// Empty where there is none, or it is longer than a registry keeps.
std::string mlflow_schema(RunContext& context) {
  const auto schema = context.store.schema(context.config.pipeline.name);
  if (!schema) return {};
  json::array columns;
  for (const Field& field : schema->fields)
    columns.push_back({{"type", mlflow_type(field.type)}, {"name", field.name}, {"required", false}});
  std::string text = json::serialize(json::object{{"mlflow_colspec", std::move(columns)}});
  return text.size() > kLongestSchema_bytes ? std::string() : text;
}

const json::object& challenger_metrics(RunContext& context) {
  const json::object& evaluated = context.output("evaluate");
  return evaluated.at("learners").as_object().at(text_or_empty(evaluated, "challenger")).as_object();
}

std::string number_text(const json::object& metrics, std::string_view name) {
  const double number = number_or_nan(metrics, name);
  return number == number ? fmt::format("{:.6g}", number) : "–";
}

std::string metrics_table(RunContext& context) {
  const json::object& challenger = challenger_metrics(context);
  const auto* champion = context.output("evaluate").at("champion").if_object();
  std::string table = champion ? "| on the holdout | challenger | champion |\n|---|---|---|\n"
                               : "| on the holdout | challenger |\n|---|---|\n";
  for (const auto& [name, value] : challenger) {
    table += fmt::format("| {} | {} |", std::string_view(name), number_text(challenger, name));
    table += champion ? fmt::format(" {} |\n", number_text(*champion, name)) : "\n";
  }
  return table;
}

std::string gate_line(const json::object& gate) {
  return fmt::format("\n- {}: {} by {:.1f} %, {:.1f} % asked for",
                     gate.at("passed").as_bool() ? "passed" : "not passed", text_or_empty(gate, "metric"),
                     100 * number_or_nan(gate, "change"), 100 * number_or_nan(gate, "at_least"));
}

std::string version_text(const json::value& version) { return version.is_null() ? "" : json::serialize(version); }

}  // namespace

std::string tracking_key(RunContext& context, const std::map<std::string, std::string>& params) {
  json::object training{
      {"file", context.config.text}, {"params", json::value_from(params)}, {"evaluated", context.output("evaluate")}};
  // Runs of before did not record what they trained from.
  if (const json::value* inputs = context.output("train").if_contains("inputs")) training["inputs"] = *inputs;
  return context.run.id + "/" + sha256(json::serialize(training));
}

void close_other_trainings(RunContext& context, const ModelVersion& registered) {
  const std::string &id = context.run.id, &pipeline = context.config.pipeline.name;
  for (const ModelVersion& version : context.registry.list_versions(pipeline))
    if (version.run_id != registered.run_id && version.aliases.empty() && tag_of(version.tags, "run_id") == id &&
        tag_of(version.tags, "status") == "challenger")
      context.registry.describe_version(
          pipeline, version.version,
          fmt::format("Left by an attempt of run {} that was cut off; the run went on to version {}.", id,
                      registered.version),
          {{"status", "left"}});
  for (const TrackedRun& run : context.registry.list_runs(pipeline))
    if (run.id != registered.run_id && run.status == "RUNNING" && tag_of(run.tags, "veleta.run_id") == id)
      context.registry.end_run(run.id, "KILLED");
}

std::map<std::string, std::string> run_tags(RunContext& context) {
  std::map<std::string, std::string> tags{
      {"mlflow.user", user()},
      {"mlflow.source.name", clipped(context.config.file.string(), kMaxTagBytes)},
      {"mlflow.source.type", "JOB"},
      {"veleta.run_id", context.run.id},
      {"veleta.batch_id", context.run.batch_id},
      {"veleta.decision", clipped(text_or_empty(context.output("decide"), "sentence"), kMaxTagBytes)}};
  if (const auto git = git_commit_of(context.config.file)) {
    tags["mlflow.source.git.commit"] = git->commit;
    if (!git->branch.empty()) tags["mlflow.source.git.branch"] = clipped(git->branch, kMaxTagBytes);
  }
  return tags;
}

std::vector<DatasetInput> run_inputs(RunContext& context) {
  const std::string schema = mlflow_schema(context);
  std::vector<DatasetInput> inputs;
  for (const std::string& id : texts(context.output("prepare").at("batches"))) {
    const auto batch = context.store.find_batch(context.config.pipeline.name, id);
    if (!batch) continue;
    DatasetInput input;
    input.name = clipped(fmt::format("{} batch {}", context.config.pipeline.name, id), 500);
    input.digest = batch->payload.digest.substr(0, kDatasetDigestDigits);
    input.source = batch->origin;
    input.schema = schema;
    input.row_count = batch->row_count;
    input.context = "training";
    inputs.push_back(std::move(input));
  }
  return inputs;
}

std::map<std::string, std::string> promotion_tags(RunContext& context) {
  const json::object& evaluated = context.output("evaluate");
  const std::string& metric = context.config.promote.metric;
  return {{"promo.eligible", evaluated.at("promote").as_bool() ? "true" : "false"},
          {"promo.generation", std::to_string(context.batch().ordinal)},
          {"promo.score", json::serialize(number_or_null(number_or_nan(challenger_metrics(context), metric)))},
          {"promo.metric", metric},
          {"promo.direction", lower_is_better(metric) ? "min" : "max"},
          {"promo.eval_digest", sha256(json::serialize(evaluated))},
          {"promo.request_id", context.run.id},
          {"promo.previous_version", version_text(evaluated.at("champion_version"))},
          {"promo.reason", clipped(text_or_empty(evaluated, "sentence"), kMaxTagBytes)}};
}

std::string run_note(RunContext& context, const std::string& sentence) {
  const size_t colon = std::min(sentence.find(':'), sentence.size());
  std::string note =
      fmt::format("**{}**{}\n\nBatch `{}`. {}\n\n{}", sentence.substr(0, colon), sentence.substr(colon),
                  context.run.batch_id, text_or_empty(context.output("decide"), "sentence"), metrics_table(context));
  for (const auto& item : context.output("evaluate").at("gates").as_array()) note += gate_line(item.as_object());
  return clipped(note, kMaxTagBytes);
}

}  // namespace veleta
