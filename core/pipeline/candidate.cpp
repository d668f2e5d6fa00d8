#include "candidate.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/files.hpp"
#include "training_files.hpp"

namespace veleta {

namespace {

Schema input_schema(const Schema& schema, const std::string& target) {
  Schema input;
  for (const auto& field : schema.fields)
    if (field.name != target) input.fields.push_back(field);
  return input;
}

void set_explainer(BundleParts& parts, const PipelineConfig& config) {
  if (!config.explain) return;
  parts.explainer = config.explain->name;
  parts.explainer_params = config.explain->params;
}

}  // namespace

BundleParts candidate_parts(RunContext& context, const PluginUse& learner) {
  const TrainingFiles files{context.folder()};
  const auto input = files.input(needs_complete(context.plugins, learner.name));
  const auto output = files.learner(learner.name);
  TrainingWindow& window = context.window();
  BundleParts parts;
  parts.pipeline = context.config.pipeline.name;
  parts.learner = learner.name;
  parts.learner_params = learner.params;
  parts.learner_version = context.plugins.describe(PluginKind::kLearner, learner.name).summary.version;
  parts.learner_bytes = read_file(output / TrainingFiles::kModel);
  parts.target = target_spec(context.config, window.table);
  parts.input_schema = input_schema(schema_of(window.table), parts.target.column);
  parts.rules = context.config.columns;
  parts.features = FeatureEncoder::from_json(read_json_file(input / TrainingFiles::kFeatures));
  parts.golden = parse_matrix(read_file(input / TrainingFiles::kGolden));
  parts.golden_predictions = numbers_from_bytes(read_file(output / TrainingFiles::kGoldenPredictions));
  parts.background = parse_matrix(read_file(input / TrainingFiles::kBackground));
  set_explainer(parts, context.config);
  return parts;
}

std::shared_ptr<const Bundle> open_candidate(RunContext& context, const PluginUse& learner) {
  try {
    return Bundle::open(candidate_parts(context, learner), context.plugins);
  } catch (const Error& error) {
    throw Error(ErrorCode::kPlugin,
                fmt::format("learner '{}' made a model that cannot serve: {}", learner.name, error.what()));
  }
}

}  // namespace veleta
