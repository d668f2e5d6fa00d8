#include <algorithm>

#include "base/digest.hpp"
#include "compare.hpp"
#include "pipeline/decision.hpp"
#include "rows.hpp"
#include "same_target.hpp"
#include "steps.hpp"

namespace veleta {

namespace {

/// The champion's error is measured on at most so many rows of a batch; more would not change a decision.
constexpr size_t kPerformanceRows = 50000;

std::vector<DetectorUse> make_detectors(const PipelineConfig& config, PluginHost& plugins,
                                        const PluginServices& services) {
  std::vector<PluginUse> uses = config.drift;
  const auto is_new_categories = [](const PluginUse& use) { return use.name == kNewCategories; };
  if (is_ground(config.retrain, kNewCategories) && std::none_of(uses.begin(), uses.end(), is_new_categories)) {
    const auto& description = plugins.describe(PluginKind::kDetector, kNewCategories);
    uses.push_back({kNewCategories, default_values(description.params), {}});
  }
  std::vector<DetectorUse> detectors;
  for (const auto& use : uses)
    detectors.push_back({use.name, plugins.create_detector(use.name, use.params, services), use.columns});
  return detectors;
}

/// Evenly spread rows with a target.
std::vector<size_t> labelled_sample(const std::vector<double>& target) {
  std::vector<size_t> rows;
  for (size_t row = 0; row < target.size(); ++row)
    if (target[row] == target[row]) rows.push_back(row);
  return spread(rows, kPerformanceRows);
}

std::optional<Performance> measure_champion(RunContext& context, const Champion& champion) {
  const std::string& metric = context.config.promote.metric;
  const Table& batch = context.batch_rows().table;
  const TargetSpec& spec = champion.bundle->parts().target;
  const std::vector<double> target = spec.values(batch);
  const std::vector<size_t> rows = labelled_sample(target);
  const auto before = champion.metrics.find(metric);
  if (rows.empty() || before == champion.metrics.end()) return std::nullopt;

  const Metrics now = compute_metrics(spec.task, pick(target, rows), champion.bundle->predict(batch.select(rows)));
  return Performance{metric, before->second, now.at(metric)};
}

json::object count_verdicts(const DriftReport& report) {
  json::object counts;
  for (const auto verdict :
       {DriftVerdict::kDrifted, DriftVerdict::kUnderpowered, DriftVerdict::kStable, DriftVerdict::kNotJudged})
    counts[to_string(verdict)] = report.with(verdict).size();
  return counts;
}

}  // namespace

DriftReport compare_with_training(const BundleParts& trained, const ReadResult& rows, const PipelineConfig& config,
                                  PluginHost& plugins, const PluginServices& services) {
  const Profile current = make_profile(rows.table, rows.report.retyped);
  auto detectors = make_detectors(config, plugins, services);
  return detect_drift(trained.profile, current, detectors, config.retrain.alpha, trained.importance);
}

Findings find_changes(RunContext& context) {
  Findings findings;
  const Champion* champion = context.champion();
  if (!champion || context.batch_rows().table.row_count() == 0) return findings;

  context.report("detect", -1, "comparing with what the production model was trained on");
  findings.drift = compare_with_training(champion->bundle->parts(), context.batch_rows(), context.config,
                                         context.plugins, context.services("detect"));
  context.report("detect", 0.7, "measuring the production model on the batch");
  findings.performance = measure_champion(context, *champion);
  return findings;
}

json::object detect(RunContext& context) {
  const Champion* champion = context.champion();
  if (champion) require_same_target(champion->bundle->parts().target, champion->version, context.config);
  const Findings& findings = context.findings();
  return {{"champion", champion ? json::value(champion->version.version) : json::value(nullptr)},
          {"drift", to_json(findings.drift)},
          {"counts", count_verdicts(findings.drift)},
          {"config_digest", sha256(context.config.text)},
          {"performance", findings.performance ? to_json(*findings.performance) : json::value(nullptr)}};
}

}  // namespace veleta
