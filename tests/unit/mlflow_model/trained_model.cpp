#include "trained_model.hpp"

#include "test_bundles.hpp"

namespace veleta::testing {

namespace {

PluginHost& plugins() {
  static const auto host = [] {
    auto made = std::make_unique<PluginHost>(std::vector<std::filesystem::path>{});
    add_linked_plugins(*made);
    return made;
  }();
  return *host;
}

ParamValues quick_params(const std::vector<ParamDescription>& params) {
  ParamValues values = default_values(params);
  for (ParamValue& value : values)
    if (value.name == "rounds" || value.name == "trees") value.integer = 40;
  return values;
}

std::vector<size_t> labelled_rows(const std::vector<double>& target) {
  std::vector<size_t> rows;
  for (size_t row = 0; row < target.size(); ++row)
    if (!std::isnan(target[row])) rows.push_back(row);
  return rows;
}

Schema inputs(const Table& table, const std::string& target) {
  Schema schema = schema_of(table);
  std::erase_if(schema.fields, [&](const Field& field) { return field.name == target; });
  return schema;
}

}  // namespace

std::shared_ptr<const Bundle> train_model(const TrainingChoice& choice, const Table& all, const ColumnRules& rules) {
  const Table table = all.select(labelled_rows(choice.target.values(all)));
  const std::vector<double> target = choice.target.to_learner(choice.target.values(table));
  const auto& plugin = plugins().describe(PluginKind::kLearner, choice.learner);
  FeatureOptions options;
  options.complete = (plugin.flags & VELETA_NEEDS_COMPLETE) != 0;
  Matrix encoded;
  BundleParts parts;
  parts.pipeline = "tried_in_python";
  parts.learner = choice.learner;
  parts.learner_params = quick_params(plugin.params);
  parts.target = choice.target;
  parts.input_schema = inputs(table, choice.target.column);
  parts.rules = rules;
  parts.features = FeatureEncoder::fit(table, choice.target.column, target, row_hashes(table), options, encoded);
  const auto learner = plugins().create_learner(choice.learner, parts.learner_params, {});
  const auto model = learner->train({choice.target.task, 1, 7, encoded.view(), target, {}, {}});
  parts.learner_bytes = model->save();
  const std::vector<size_t> golden{0, 1, 2, 3};
  parts.golden = encoded.select(golden);
  parts.golden_predictions.resize(golden.size());
  model->predict(parts.golden.view(), parts.golden_predictions);
  parts.background = parts.golden;
  parts.profile = make_profile(table);
  return Bundle::open(std::move(parts), plugins());
}

std::shared_ptr<const Bundle> opaque_model() {
  BundleParts parts = line_parts();
  parts.explainer.clear();
  return Bundle::open(std::move(parts), plugins());
}

std::shared_ptr<const Bundle> open_model(const BundleFiles& files) {
  return Bundle::open(parts_from_files(files), plugins());
}

}  // namespace veleta::testing
