#include <algorithm>

#include "pipeline/decision.hpp"
#include "steps.hpp"

namespace veleta {

namespace {

double rows_outside_window(RunContext& context, const std::vector<std::string>& window) {
  double rows = 0;
  for (const auto& batch : context.store.list_batches(context.config.pipeline.name))
    if (batch.state == BatchState::kClean && std::find(window.begin(), window.end(), batch.id) == window.end())
      rows += static_cast<double>(batch.row_count);
  return rows;
}

}  // namespace

json::object decide(RunContext& context) {
  Evidence evidence;
  evidence.problems = reasons_from_json(context.output("validate").at("problems"));
  evidence.new_columns = texts(context.output("validate").at("new_columns"));
  if (const Champion* champion = context.champion()) {
    evidence.has_champion = true;
    evidence.drift = context.findings().drift;
    evidence.performance = context.findings().performance;
    evidence.rows_trained = champion->rows_trained;
    evidence.rows_since = rows_outside_window(context, champion->batch_ids);
  }
  const TrainingDecision decision = decide_training(evidence, context.config.retrain);
  return {{"train", decision.train}, {"reasons", to_json(decision.reasons)}, {"sentence", decision.sentence()}};
}

}  // namespace veleta
