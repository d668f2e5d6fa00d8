#include <fmt/format.h>
#include <algorithm>
#include <future>
#include <numeric>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "candidate.hpp"
#include "mlflow_model/mlflow_files.hpp"
#include "register.hpp"
#include "run_report.hpp"
#include "steps.hpp"
#include "tracking.hpp"

namespace veleta {

namespace {

const PluginUse& challenger(const RunContext& context) {
  const std::string name = text_or_empty(context.output("evaluate"), "challenger");
  const auto& learners = context.config.learners;
  return *std::find_if(learners.begin(), learners.end(), [&](const auto& learner) { return learner.name == name; });
}

/// What people and later runs want to know of a version; part of the bundle, and so of its digest: the same training
/// gives the same.
json::object notes(RunContext& context, const std::string& learner) {
  const json::object& prepared = context.output("prepare");
  return {{"batches", prepared.at("batches")},
          {"rows", prepared.at("rows")},
          {"train_rows", prepared.at("train_rows")},
          {"holdout_rows", prepared.at("holdout_rows")},
          {"holdout_share", context.config.train.holdout_share},
          {"seed", context.config.train.seed},
          {"metrics", context.output("evaluate").at("learners").as_object().at(learner)}};
}

std::string param_text(const ParamValue& value) {
  switch (value.type) {
    case VELETA_NUMBER: return format_number(value.number);
    case VELETA_INTEGER: return std::to_string(value.integer);
    case VELETA_FLAG: return value.integer ? "true" : "false";
    case VELETA_TEXT: return value.text;
    default: return json::serialize(to_json_array(value.items));
  }
}

std::map<std::string, std::string> tracked_params(const RunContext& context, const PluginUse& learner) {
  std::map<std::string, std::string> params{{"learner", learner.name},
                                            {"transform", context.config.pipeline.transform},
                                            {"seed", std::to_string(context.config.train.seed)}};
  for (const auto& value : learner.params) params[learner.name + "." + value.name] = param_text(value);
  for (const char* name : {"rows", "train_rows", "validation_rows", "holdout_rows", "batches"})
    params[name] = json::serialize(context.output("prepare").at(name));
  for (auto& [name, text] : params) text = clipped(text, kMaxParamBytes);
  return params;
}

/// Holdout metrics of challenger and champion, and the learner's curves.
std::vector<MetricPoint> tracked_metrics(RunContext& context, const std::string& learner) {
  std::vector<MetricPoint> points;
  const int64_t now = context.run.started_ms;
  const json::object& evaluated = context.output("evaluate");
  for (const auto& [name, value] : metrics_from_json(evaluated.at("learners").as_object().at(learner).as_object()))
    points.push_back({"holdout_" + name, value, 0, now});
  if (const auto* champion = evaluated.at("champion").if_object())
    for (const auto& [name, value] : metrics_from_json(*champion))
      points.push_back({"champion_holdout_" + name, value, 0, now});
  const json::object& trained = context.output("train").at("learners").as_object().at(learner).as_object();
  for (const auto& item : trained.at("metrics").as_array()) {
    const json::object& point = item.as_object();
    points.push_back({nearest_key(text_or_empty(point, "key")), number_or_nan(point, "value"),
                      point.at("step").to_number<int64_t>(), point.at("time_ms").to_number<int64_t>()});
  }
  std::erase_if(points, [](const MetricPoint& point) { return point.value != point.value; });
  return points;
}

/// Why the challenger won or lost, as its version tells it.
std::string verdict(const RunContext& context) {
  return clipped(text_or_empty(context.output("evaluate"), "sentence"), kMaxDescriptionBytes);
}

bool is_production(RunContext& context, int version) {
  const auto current = context.registry.version_by_alias(context.config.pipeline.name, kProductionAlias);
  return current && current->version == version;
}

/// Moves the alias to `version`, unless it is there. Says why it is not moved: it does not point at the champion any
/// more, or the registry holds it where it is.
std::optional<std::string> move_production(RunContext& context, int version, const json::value& champion_version) {
  const std::string& pipeline = context.config.pipeline.name;
  if (is_production(context, version)) return std::nullopt;
  const auto expected = champion_version.is_null() ? std::nullopt : std::optional(champion_version.to_number<int>());
  try {
    if (context.registry.move_alias(pipeline, kProductionAlias, version, expected)) return std::nullopt;
    // A try that died had decided the move, and this one has carried it out: no other run moves to this version.
    if (is_production(context, version)) return std::nullopt;
    return "production was moved to another version meanwhile.";
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kConflict) throw;
    return error.what();
  }
}

/// Cells of a batch that were not of their column's type, as the run that took it counted them.
void add_retyped(Store& store, const BatchRecord& batch, std::vector<ColumnIssues>& retyped) {
  for (const StepRecord& step : store.steps(batch.run_id)) {
    const json::value* counted = step.name == "clean" ? step.output.if_contains("retyped") : nullptr;
    if (!counted) continue;  // runs of before did not count
    for (const auto& [column, count] : counted->as_object())
      retyped.push_back({.name = column, .retyped_count = count.to_number<size_t>(), .retyped_example = ""});
  }
}

/// The window's profile, whose parts are its batches.
Profile window_profile(RunContext& context) {
  const TrainingWindow& window = context.window();
  std::vector<double> part_rows;
  std::vector<ColumnIssues> retyped;
  for (const BatchRecord& batch : context.store.list_batches(context.config.pipeline.name)) {
    if (batch.row_count == 0 || std::ranges::find(window.batch_ids, batch.id) == window.batch_ids.end()) continue;
    part_rows.push_back(static_cast<double>(batch.row_count));
    add_retyped(context.store, batch, retyped);
  }
  Profile profile = make_profile(window.table, retyped);
  std::ranges::sort(part_rows);
  if (std::accumulate(part_rows.begin(), part_rows.end(), 0.0) == profile.row_count)
    profile.part_rows = std::move(part_rows);
  return profile;
}

/// An even sample of the rows that the model was not trained on; empty where there are none.
Table rows_for_reference(RunContext& context) {
  const Table& holdout = context.holdout().table;
  return holdout.select(spread_rows(holdout.row_count(), ScoredRows::kMaxRows));
}

}  // namespace

BundleParts complete_parts(RunContext& context, const PluginUse& learner) {
  BundleParts parts = candidate_parts(context, learner);
  const Table unseen = rows_for_reference(context);
  parts.notes = notes(context, learner.name);
  context.report("register", -1, "profiling the training window");
  parts.profile = window_profile(context);
  const auto& [by, min_rows, most] = context.config.segments;
  parts.segments =
      make_segments(context.window().table, {by, static_cast<double>(min_rows), static_cast<size_t>(most)});
  context.release_window();
  context.report("register", -1, "weighing the columns");
  const auto bundle = Bundle::open(parts, context.plugins);
  parts.importance = bundle->measure_importance();
  context.report("register", -1, "scoring rows to compare later ones with");
  if (unseen.row_count() > 0) parts.reference = reference_rows(*bundle, unseen);
  return parts;
}

namespace {

/// What the registry is told of a training, whatever its model turns out to be.
struct TrainingRecord {
  std::string key;
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> params;
  std::vector<MetricPoint> metrics;
  std::vector<DatasetInput> inputs;
  std::map<std::string, std::string> artifacts;
};

TrainingRecord record_of(RunContext& context, const PluginUse& learner) {
  TrainingRecord record{"",
                        run_tags(context),
                        tracked_params(context, learner),
                        tracked_metrics(context, learner.name),
                        run_inputs(context),
                        {{"pipeline.toml", context.config.text}}};
  record.key = tracking_key(context, record.params);
  record.tags[kTrackingKeyTag] = record.key;
  for (const char* step : {"detect", "decide", "evaluate"})
    record.artifacts[std::string(step) + ".json"] = pretty_json(context.output(step));
  return record;
}

/// Tells the registry beside what this thread does. Gives the registry's id of the run.
std::future<std::string> tell(RunContext& context, TrainingRecord record) {
  return std::async(std::launch::async, [&registry = context.registry, pipeline = context.config.pipeline.name,
                                         name = context.run.id, record = std::move(record)] {
    std::string id = registry.create_run(pipeline, record.key, name, record.tags).id;
    registry.log_params(id, record.params);
    registry.log_metrics(id, record.metrics);
    registry.log_inputs(id, record.inputs);
    for (const auto& [path, bytes] : record.artifacts) registry.put_artifact(id, path, bytes);
    return id;
  });
}

/// The bundle's own files, and those that MLflow's users open it with.
BundleFiles all_files(const Bundle& bundle) {
  BundleFiles files = to_files(bundle.parts());
  files.merge(mlflow_files(bundle));
  return files;
}

std::map<std::string, std::string> version_tags(RunContext& context, const std::string& learner,
                                                const std::string& digest) {
  std::map<std::string, std::string> tags = promotion_tags(context);
  tags.insert({{"digest", digest},
               {"learner", learner},
               {"run_id", context.run.id},
               {"batch_id", context.run.batch_id},
               {"status", "challenger"}});
  return tags;
}

/// Makes the version beside what this thread does, once the registry knows the run. `files` must stay meanwhile.
std::future<ModelVersion> make_version(RunContext& context, std::future<std::string> tracked, const BundleFiles& files,
                                       std::map<std::string, std::string> tags) {
  return std::async(std::launch::async, [&registry = context.registry, pipeline = context.config.pipeline.name,
                                         tracked = std::move(tracked), &files, description = verdict(context),
                                         tags = std::move(tags)]() mutable {
    return registry.create_version(pipeline, tracked.get(), files, description, tags);
  });
}

/// An attempt that was cut off may have made the version with another release of this program, whose files differ.
std::string digest_of(const ModelVersion& version, const std::string& made) {
  const std::string recorded = tag_of(version.tags, "digest");
  return recorded.empty() ? made : recorded;
}

}  // namespace

/// The registry's server works while this process does: it is told each thing as soon as it is known.
json::object register_model(RunContext& context) {
  const PluginUse& learner = challenger(context);
  auto tracked = tell(context, record_of(context, learner));
  const HoldoutRows& holdout = context.holdout();
  const auto bundle = Bundle::open(complete_parts(context, learner), context.plugins);
  const BundleFiles files = all_files(*bundle);
  const std::string digest = bundle_digest(files);
  auto registered = make_version(context, std::move(tracked), files, version_tags(context, learner.name, digest));
  context.report("register", -1, "drawing");
  const RunReport report = make_report({*bundle, holdout, context.config.promote.metric, context.output("detect")});
  context.report("register", -1, "storing the model");
  const ModelVersion version = registered.get();
  if (context.run.attempt > 1) close_other_trainings(context, version);
  for (const auto& [path, bytes] : report.files) context.registry.put_artifact(version.run_id, path, bytes);
  return {{"tracking_run", version.run_id},
          {"version", version.version},
          {"digest", digest_of(version, digest)},
          {"problems", to_json_array(report.problems)}};
}

json::object promote(RunContext& context) {
  const std::string& pipeline = context.config.pipeline.name;
  const json::object& evaluated = context.output("evaluate");
  const int version = context.output("register").at("version").to_number<int>();
  const json::value champion_version = evaluated.at("champion_version");
  std::string sentence = text_or_empty(evaluated, "sentence");
  bool promoted = evaluated.at("promote").as_bool();
  if (const auto held = promoted ? move_production(context, version, champion_version) : std::nullopt) {
    promoted = false;
    sentence = fmt::format(
        "Rejected: it beat {}, but {}",
        champion_version.is_null() ? "nothing, as the first model" : "version " + json::serialize(champion_version),
        *held);
  }
  const std::string outcome = promoted ? "promoted" : "rejected";
  const std::string tracked = text_or_empty(context.output("register"), "tracking_run");
  context.registry.describe_version(pipeline, version, clipped(sentence, kMaxDescriptionBytes),
                                    {{"status", outcome}, {"decided_at", format_time(now_ms())}});
  context.registry.set_tags(tracked, {{"veleta.outcome", outcome},
                                      {"veleta.model_version", std::to_string(version)},
                                      {"mlflow.note.content", run_note(context, sentence)}});
  context.registry.end_run(tracked, "FINISHED");
  return {{"outcome", outcome}, {"sentence", sentence}, {"version", version}, {"champion_before", champion_version}};
}

}  // namespace veleta
