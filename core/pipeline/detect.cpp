#include <fmt/format.h>
#include <algorithm>
#include <functional>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "compare.hpp"
#include "later_columns.hpp"
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

/// On rows without columns that it was trained on, a model does worse, which tells nothing of it.
bool takes_any(const Champion& champion, const std::vector<std::string>& columns) {
  const Schema& inputs = champion.bundle->parts().input_schema;
  return std::ranges::any_of(columns, [&](const std::string& name) { return inputs.find(name) != nullptr; });
}

/// Those that a model's training kept and the pipeline's file still has.
std::vector<Segment> configured_segments(std::vector<Segment> segments, const std::vector<std::string>& by) {
  std::erase_if(segments, [&](const Segment& each) { return std::ranges::find(by, each.column) == by.end(); });
  return segments;
}

/// Told in the first run: later ones would train before they meet it.
void require_segment_columns(const std::vector<std::string>& by, const Schema& schema) {
  for (const auto& name : by)
    if (!schema.find(name))
      throw Error(ErrorCode::kInvalidArgument, fmt::format("segments.by names column '{}', which the data lacks.{}",
                                                           name, did_you_mean(name, schema.names())));
}

bool holds_over_time(const PipelineConfig& config) { return config.retrain.over_time == "lord"; }

/// Goes through the decisions that tested a window over time, newest first, until `visit` returns false.
void each_tested(RunContext& context,
                 const std::function<bool(const DecisionRecord&, const json::object& detected)>& visit) {
  constexpr int kPage = 20;
  for (int offset = 0;; offset += kPage) {
    const auto decisions = context.store.list_decisions(context.config.pipeline.name, kPage, offset);
    for (const auto& decision : decisions) {
      const json::value* detected = decision.record.if_contains("detect");
      const json::value* tested = detected ? detected->as_object().if_contains("over_time") : nullptr;
      if (tested && tested->is_object() && !visit(decision, detected->get_object())) return;
    }
    if (decisions.size() < kPage) return;
  }
}

/// The level to test this batch at, and what the windows before it came to. A batch that was tested against this model
/// before is tested as it was, and counts once: otherwise each repetition would earn the level of the windows to come.
double level_over_time(RunContext& context, const Champion& champion, Findings& findings) {
  std::optional<double> level;
  each_tested(context, [&](const DecisionRecord& decision, const json::object& detected) {
    const json::object& over_time = detected.at("over_time").get_object();
    if (!findings.tested_before) findings.tested_before = tested_windows_from_json(over_time.at("tested"));
    const json::value* model = detected.if_contains("champion");
    if (!model || *model != champion.version.version) return false;  // only a model's newest tests are looked at
    if (decision.batch_id == context.run.batch_id) level = number_or_nan(over_time, "level");
    return !level;
  });
  findings.is_repeated = level.has_value();
  if (!findings.tested_before) findings.tested_before = TestedWindows{};
  return level.value_or(lord_level(*findings.tested_before, context.config.retrain.alpha));
}

/// Without columns that came after the batch, which would seem to have gone missing.
ReadResult without(const ReadResult& batch, const std::vector<std::string>& later_columns) {
  ReadResult rows{batch.table, batch.schema, batch.report, {}};
  drop_columns(rows.table, later_columns);
  return rows;
}

json::value over_time_json(const Findings& findings, const PipelineConfig& config) {
  if (!findings.tested_before || !holds_over_time(config)) return nullptr;
  const double p = findings.drift.smallest_p();
  TestedWindows tested = *findings.tested_before;
  if (!findings.is_repeated) tested.add(p <= findings.drift.alpha);
  return {{"method", config.retrain.over_time},
          {"alpha", config.retrain.alpha},
          {"level", findings.drift.alpha},
          {"p", p},
          {"tested", to_json(tested)}};
}

json::object count_verdicts(const DriftReport& report) {
  json::object counts;
  for (const auto verdict :
       {DriftVerdict::kDrifted, DriftVerdict::kUnderpowered, DriftVerdict::kStable, DriftVerdict::kNotJudged})
    counts[to_string(verdict)] = report.with(verdict).size();
  return counts;
}

}  // namespace

DriftReport compare_with_training(const BundleParts& trained, const ScoredWindows::OpenBundle& open,
                                  const ReadResult& rows, double alpha, const PipelineConfig& config,
                                  PluginHost& plugins, const PluginServices& services) {
  const Profile current = make_profile(rows.table, rows.report.retyped);
  const auto trained_segments = configured_segments(trained.segments, config.segments.by);
  const auto current_segments = same_segments(rows.table, trained_segments);
  auto detectors = make_detectors(config, plugins, services);
  ScoredWindows scored(trained, rows.table, open);
  return detect_drift({trained.profile, current, &trained_segments, &current_segments,
                       static_cast<double>(config.segments.min_rows), &scored},
                      detectors, {alpha, trained.importance, {}});
}

Findings find_changes(RunContext& context) {
  Findings findings;
  const Champion* champion = context.champion();
  if (!champion || context.batch_rows().table.row_count() == 0) return findings;

  context.report("detect", -1, "comparing with what the production model was trained on");
  const double alpha =
      holds_over_time(context.config) ? level_over_time(context, *champion, findings) : context.config.retrain.alpha;
  const std::vector<std::string> came_later = later_columns(context);
  const ReadResult older = came_later.empty() ? ReadResult{} : without(context.batch_rows(), came_later);
  findings.drift = compare_with_training(
      champion->bundle->parts(), [&] { return champion->bundle; }, came_later.empty() ? context.batch_rows() : older,
      alpha, context.config, context.plugins, context.services("detect"));
  context.report("detect", 0.7, "measuring the production model on the batch");
  if (!takes_any(*champion, came_later)) findings.performance = measure_champion(context, *champion);
  return findings;
}

json::object detect(RunContext& context) {
  const Champion* champion = context.champion();
  if (champion) require_same_target(champion->bundle->parts().target, champion->version, context.config);
  require_segment_columns(context.config.segments.by, context.batch_rows().schema);
  const Findings& findings = context.findings();
  return {{"champion", champion ? json::value(champion->version.version) : json::value(nullptr)},
          {"drift", to_json(findings.drift)},
          {"counts", count_verdicts(findings.drift)},
          {"over_time", over_time_json(findings, context.config)},
          {"config_digest", sha256(context.config.text)},
          {"performance", findings.performance ? to_json(*findings.performance) : json::value(nullptr)}};
}

}  // namespace veleta
