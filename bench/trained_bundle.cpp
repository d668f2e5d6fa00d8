#include "trained_bundle.hpp"

#include <numeric>

namespace veleta::bench {

Table first_rows(const Table& table, size_t count) {
  std::vector<size_t> rows(count);
  std::iota(rows.begin(), rows.end(), size_t{0});
  return table.select(rows);
}

BundleParts trained_bundle(const std::string& pipeline, const TargetSpec& target, Table rows, PluginHost& plugins) {
  BundleParts parts;
  parts.pipeline = pipeline;
  parts.target = target;
  const std::vector<double> values = target.to_learner(target.values(rows));
  const PluginDescription& learner = plugins.describe(PluginKind::kLearner, "xgboost");
  parts.learner = "xgboost";
  parts.learner_version = learner.summary.version;
  parts.learner_params = default_values(learner.params);
  for (ParamValue& param : parts.learner_params)
    if (param.name == "rounds") param.integer = 100;
  Matrix encoded;
  parts.features = FeatureEncoder::fit(rows, target.column, values, row_hashes(rows), {}, encoded);
  const auto model = plugins.create_learner("xgboost", parts.learner_params, {})
                         ->train({Task::kRegression, 1, 7, encoded.view(), values, {}, {}});
  parts.learner_bytes = model->save();
  parts.golden = parts.background = parts.features.encode(first_rows(rows, 100));
  parts.golden_predictions.resize(parts.golden.rows);
  model->predict(parts.golden.view(), parts.golden_predictions);
  parts.profile = make_profile(rows);
  std::erase_if(rows.columns, [&](const Column& column) { return column.name == target.column; });
  parts.input_schema = schema_of(rows);
  return parts;
}

}  // namespace veleta::bench
