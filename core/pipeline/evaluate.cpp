#include <cmath>
#include <future>
#include <optional>

#include "candidate.hpp"
#include "pipeline/promotion.hpp"
#include "steps.hpp"

namespace veleta {

namespace {

/// How a model does on the holdout.
struct Measurement {
  std::vector<double> predicted;
  Metrics metrics;
};

/// Measures beside what this thread does. `holdout` must stay meanwhile.
std::future<Measurement> measure(std::shared_ptr<const Bundle> bundle, const HoldoutRows& holdout) {
  return std::async(std::launch::async, [bundle = std::move(bundle), &holdout] {
    Measurement found{bundle->predict(holdout.table), {}};
    found.metrics = compute_metrics(bundle->parts().target.task, holdout.actual, found.predicted);
    return found;
  });
}

/// Champion and challengers, measured on the same rows.
struct Contest {
  std::map<std::string, Measurement> challengers;  ///< by learner
  std::optional<Metrics> champion;
};

Contest hold_contest(RunContext& context) {
  context.report("evaluate", -1, "measuring the models");
  const HoldoutRows& holdout = context.holdout();
  std::map<std::string, std::future<Measurement>> challengers;
  std::optional<std::future<Measurement>> champion;
  if (context.champion()) champion = measure(context.champion()->bundle, holdout);
  for (const auto& learner : context.config.learners)
    challengers[learner.name] = measure(open_candidate(context, learner), holdout);
  Contest contest;
  for (auto& [learner, measured] : challengers) contest.challengers[learner] = measured.get();
  if (champion) contest.champion = champion->get().metrics;
  return contest;
}

/// A number is better than none (NaN).
bool is_better(const std::string& metric, double a, double b) {
  if (std::isnan(b)) return !std::isnan(a);
  return lower_is_better(metric) ? a < b : a > b;
}

/// The learner whose model did best; the first of equals.
std::string pick_challenger(const Contest& contest, const PipelineConfig& config) {
  const std::string& metric = config.promote.metric;
  const auto score = [&](const std::string& learner) { return contest.challengers.at(learner).metrics.at(metric); };
  std::string best;
  for (const auto& learner : config.learners)
    if (best.empty() || is_better(metric, score(learner.name), score(best))) best = learner.name;
  return best;
}

}  // namespace

json::object evaluate(RunContext& context) {
  Contest contest = hold_contest(context);
  json::object learners;
  for (const auto& learner : context.config.learners)
    learners[learner.name] = to_json(contest.challengers.at(learner.name).metrics);
  const std::string challenger = pick_challenger(contest, context.config);
  Measurement& best = contest.challengers.at(challenger);
  context.holdout().predicted = std::move(best.predicted);
  const PromotionVerdict verdict = judge_challenger(best.metrics, contest.champion, context.config.promote.gates);
  json::array gates;
  for (const auto& gate : verdict.gates) gates.push_back(to_json(gate));
  return {{"challenger", challenger},
          {"learners", std::move(learners)},
          {"champion", contest.champion ? json::value(to_json(*contest.champion)) : json::value(nullptr)},
          {"champion_version",
           context.champion() ? json::value(context.champion()->version.version) : json::value(nullptr)},
          {"gates", std::move(gates)},
          {"promote", verdict.promote},
          {"sentence", verdict.sentence()}};
}

}  // namespace veleta
