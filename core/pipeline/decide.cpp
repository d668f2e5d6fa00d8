#include <fmt/format.h>
#include <algorithm>

#include "pipeline/decision.hpp"
#include "steps.hpp"
#include "trainable.hpp"

namespace veleta {

namespace {

/// The newest training that came to a decision, won or lost: a challenger that lost on these rows would lose again.
std::optional<json::object> last_training(RunContext& context) {
  constexpr int kPage = 50;
  for (int offset = 0;; offset += kPage) {
    const auto decisions = context.store.list_decisions(context.config.pipeline.name, kPage, offset);
    for (const auto& decision : decisions)
      if (decision.action == "train") return decision.record.at("prepare").as_object();
    if (decisions.size() < kPage) return std::nullopt;
  }
}

/// Rows of CLEAN that came after a training's window.
double rows_after(RunContext& context, const std::vector<std::string>& window) {
  const auto batches = context.store.list_batches(context.config.pipeline.name);
  int64_t last_ordinal = -1;
  for (const auto& batch : batches)
    if (std::ranges::find(window, batch.id) != window.end()) last_ordinal = std::max(last_ordinal, batch.ordinal);
  double rows = 0;
  for (const auto& batch : batches)
    if (batch.state == BatchState::kClean && batch.ordinal > last_ordinal) rows += static_cast<double>(batch.row_count);
  return rows;
}

/// How an unsound batch comes to another decision; nothing for one that only lacks rows, which stays as it is.
std::string way_back(RunContext& context) {
  const json::object& validated = context.output("validate");
  if (validated.at("sound").as_bool() || validated.at("rows").to_number<int64_t>() == 0) return "";
  return fmt::format(" Once the cause is mended, `veleta run CONFIG --batch {}` judges it again.", context.batch().id);
}

/// What calls for training cannot make up for a window that cannot be trained on.
void hold_back_where_untrainable(TrainingDecision& decision, RunContext& context) {
  if (!decision.train) return;
  const auto why = reason_not_to_train(context);
  if (!why) return;
  decision.train = false;
  decision.reasons.insert(decision.reasons.begin(), {"untrainable", *why});
}

}  // namespace

json::object decide(RunContext& context) {
  Evidence evidence;
  evidence.problems = reasons_from_json(context.output("validate").at("problems"));
  evidence.new_columns = texts(context.output("validate").at("new_columns"));
  if (context.champion()) {
    evidence.has_champion = true;
    evidence.drift = context.findings().drift;
    evidence.performance = context.findings().performance;
    if (const auto training = last_training(context)) {
      evidence.rows_trained = number_or_nan(*training, "rows");
      evidence.rows_since = rows_after(context, texts(training->at("batches")));
    }
  }
  TrainingDecision decision = decide_training(evidence, context.config.retrain);
  hold_back_where_untrainable(decision, context);
  return {{"train", decision.train},
          {"reasons", to_json(decision.reasons)},
          {"sentence", decision.sentence() + way_back(context)}};
}

}  // namespace veleta
