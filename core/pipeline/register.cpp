#include <fmt/format.h>
#include <algorithm>

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

}  // namespace

BundleParts complete_parts(RunContext& context, const PluginUse& learner) {
  BundleParts parts = candidate_parts(context, learner);
  parts.notes = notes(context, learner.name);
  context.report("register", -1, "profiling the training window");
  parts.profile = make_profile(context.window().table);
  context.release_window();
  context.report("register", -1, "weighing the columns");
  parts.importance = Bundle::open(parts, context.plugins)->measure_importance();
  return parts;
}

namespace {

/// The challenger as it is kept, and what people look at beside it.
struct FinishedModel {
  BundleFiles files;  ///< the bundle's own, and those that MLflow's users open it with
  RunReport report;
};

FinishedModel finish_model(RunContext& context, const PluginUse& learner) {
  const HoldoutRows& holdout = context.holdout();
  const auto bundle = Bundle::open(complete_parts(context, learner), context.plugins);
  FinishedModel model{to_files(bundle->parts()), {}};
  model.files.merge(mlflow_files(*bundle));
  context.report("register", -1, "drawing");
  model.report = make_report({*bundle, holdout, context.config.promote.metric, context.output("detect")});
  return model;
}

}  // namespace

json::object register_model(RunContext& context) {
  const PluginUse& learner = challenger(context);
  const std::string& pipeline = context.config.pipeline.name;
  const TrackedRun tracked = context.registry.create_run(pipeline, context.run.id, context.run.id, run_tags(context));
  const auto [files, report] = finish_model(context, learner);
  context.report("register", -1, "storing the model");
  context.registry.log_params(tracked.id, tracked_params(context, learner));
  context.registry.log_metrics(tracked.id, tracked_metrics(context, learner.name));
  context.registry.log_inputs(tracked.id, run_inputs(context));
  context.registry.put_artifact(tracked.id, "pipeline.toml", context.config.text);
  for (const char* step : {"detect", "decide", "evaluate"})
    context.registry.put_artifact(tracked.id, std::string(step) + ".json", pretty_json(context.output(step)));
  for (const auto& [name, bytes] : report.files) context.registry.put_artifact(tracked.id, name, bytes);

  const std::string digest = bundle_digest(files);
  std::map<std::string, std::string> tags = promotion_tags(context);
  tags.insert({{"digest", digest},
               {"learner", learner.name},
               {"run_id", context.run.id},
               {"batch_id", context.run.batch_id},
               {"status", "challenger"}});
  const ModelVersion version = context.registry.create_version(pipeline, tracked.id, files, verdict(context), tags);
  return {{"tracking_run", tracked.id},
          {"version", version.version},
          {"digest", digest},
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
