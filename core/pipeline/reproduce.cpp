#include "pipeline/reproduce.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "candidate.hpp"
#include "register.hpp"
#include "steps.hpp"
#include "training_inputs.hpp"

namespace veleta {

namespace {

/// A folder of a reproduction's own, removed when it goes.
class WorkFolder {
 public:
  explicit WorkFolder(const std::filesystem::path& parent) : path_(parent / ("reproduce-" + new_id())) {
    std::filesystem::create_directories(path_);
  }
  ~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What the run left that registered a version.
struct TrainedRun {
  RunRecord run;
  json::object outputs;  ///< by step
  int version = 0;
  std::string learner;

  const json::object& output(std::string_view step) const { return outputs.at(step).as_object(); }
};

TrainedRun find_trained_run(const std::string& pipeline, const std::string& run_id, Store& store) {
  TrainedRun trained;
  const auto run = store.find_run(run_id);
  if (!run || run->pipeline != pipeline)
    throw Error(ErrorCode::kNotFound, fmt::format("pipeline '{}' has no run '{}'", pipeline, run_id));
  trained.run = *run;
  for (const auto& step : store.steps(run_id)) trained.outputs[step.name] = step.output;
  if (!trained.outputs.contains("register"))
    throw Error(ErrorCode::kNotFound, fmt::format("run {} registered no version, so there is nothing to reproduce ({})",
                                                  run_id, run->outcome.empty() ? "it is undecided" : run->outcome));
  if (!trained.output("train").contains("inputs"))
    throw Error(ErrorCode::kUnsupported, fmt::format("run {} did not record what it trained from", run_id));
  trained.version = trained.output("register").at("version").to_number<int>();
  trained.learner = text_or_empty(trained.output("evaluate"), "challenger");
  return trained;
}

/// The pipeline's file as it was when the run registered its version, with the learner that won alone.
PipelineConfig recorded_config(const TrainedRun& trained, const WorkFolder& folder, Registry& registry,
                               PluginHost& plugins) {
  const auto file = folder.path() / "pipeline.toml";
  write_file_atomically(
      file, registry.get_artifact(text_or_empty(trained.output("register"), "tracking_run"), "pipeline.toml"));
  PipelineConfig config = load_config(file, plugins, ConfigScope::kAllButSourceAndDrift);
  std::erase_if(config.learners, [&](const PluginUse& learner) { return learner.name != trained.learner; });
  return config;
}

/// Inputs of the winning learner alone: others had no part in its model.
json::object without_other_learners(json::object inputs, const std::string& learner) {
  json::object& learners = inputs.at("learners").as_object();
  for (auto each = learners.begin(); each != learners.end();)
    each = each->key() == learner ? std::next(each) : learners.erase(each);
  return inputs;
}

std::vector<std::string> differing_files(const BundleFiles& recorded, const BundleFiles& found) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : found) {
    const auto before = recorded.find(name);
    if (before == recorded.end() || before->second != bytes) names.push_back(name);
  }
  return names;
}

constexpr std::pair<const char*, json::object (*)(RunContext&)> kTrainingSteps[] = {
    {"prepare", prepare}, {"train", train}, {"evaluate", evaluate}};

/// Goes through the run's steps from prepare to register once more; what they need of the steps before is at hand.
BundleFiles train_again(RunContext& context, const TrainedRun& trained) {
  for (const auto& [step, output] : trained.outputs) context.outputs[step] = output.as_object();
  const json::value& champion = trained.output("evaluate").at("champion_version");
  context.use_champion(champion.is_null() ? std::nullopt : std::optional(champion.to_number<int>()));
  for (const auto& [name, step] : kTrainingSteps) {
    context.check_cancelled();
    context.report(name, -1, "");
    context.outputs[name] = step(context);
  }
  return to_files(complete_parts(context, context.config.learners.front()));
}

}  // namespace

Reproduction reproduce_run(const std::string& pipeline, const std::string& run_id, Store& store, Registry& registry,
                           PluginHost& plugins, const RunOptions& options) {
  const TrainedRun trained = find_trained_run(pipeline, run_id, store);
  const WorkFolder folder(options.work_folder);
  RunOptions own = options;
  own.work_folder = folder.path();
  const PipelineConfig config = recorded_config(trained, folder, registry, plugins);
  if (config.learners.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("the pipeline's file of run {} has no learner '{}', which won in it",
                                                  run_id, trained.learner));
  const ModelVersion version = registry.get_version(pipeline, trained.version);
  RunContext context(config, store, registry, plugins, own, trained.run);
  const BundleFiles files = train_again(context, trained);

  Reproduction result;
  result.version = trained.version;
  result.learner = trained.learner;
  result.recorded_digest = text_or_empty(trained.output("register"), "digest");
  result.found_digest = bundle_digest(files);
  result.differing_inputs =
      differing_inputs(trained.output("train").at("inputs").as_object(),
                       without_other_learners(context.output("train").at("inputs").as_object(), trained.learner));
  if (!result.is_same()) result.differing_files = differing_files(registry.version_files(version), files);
  return result;
}

}  // namespace veleta
