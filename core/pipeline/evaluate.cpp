#include <cmath>

#include "candidate.hpp"
#include "pipeline/promotion.hpp"
#include "rows.hpp"
#include "steps.hpp"

namespace veleta {

namespace {

/// Champion and challengers measured on the same rows.
class Contest {
 public:
  Contest(const TrainingWindow& window, const std::vector<size_t>& rows)
      : rows_(window.table.select(rows)), actual_(pick(window.target, rows)) {}

  Metrics measure(const Bundle& bundle) const {
    return compute_metrics(bundle.parts().target.task, actual_, bundle.predict(rows_));
  }

 private:
  const Table rows_;
  const std::vector<double> actual_;
};

/// A number is better than none (NaN).
bool is_better(const std::string& metric, double a, double b) {
  if (std::isnan(b)) return !std::isnan(a);
  return lower_is_better(metric) ? a < b : a > b;
}

/// The learner whose model did best; the first of equals.
std::string pick_challenger(const std::map<std::string, Metrics>& measured, const PipelineConfig& config) {
  const std::string& metric = config.promote.metric;
  std::string best;
  for (const auto& learner : config.learners)
    if (best.empty() || is_better(metric, measured.at(learner.name).at(metric), measured.at(best).at(metric)))
      best = learner.name;
  return best;
}

}  // namespace

json::object evaluate(RunContext& context) {
  const Contest contest(context.window(), unseen_rows(context.window(), context.champion()));
  std::map<std::string, Metrics> measured;
  json::object learners;
  for (const auto& learner : context.config.learners) {
    context.report("evaluate", -1, "measuring " + learner.name);
    measured[learner.name] = contest.measure(*open_candidate(context, learner));
    learners[learner.name] = to_json(measured[learner.name]);
  }
  const std::string challenger = pick_challenger(measured, context.config);

  std::optional<Metrics> champion;
  if (context.champion()) {
    context.report("evaluate", -1, "measuring the production model");
    champion = contest.measure(*context.champion()->bundle);
  }
  const PromotionVerdict verdict = judge_challenger(measured.at(challenger), champion, context.config.promote.gates);
  json::array gates;
  for (const auto& gate : verdict.gates) gates.push_back(to_json(gate));
  return {{"challenger", challenger},
          {"learners", std::move(learners)},
          {"champion", champion ? json::value(to_json(*champion)) : json::value(nullptr)},
          {"champion_version",
           context.champion() ? json::value(context.champion()->version.version) : json::value(nullptr)},
          {"gates", std::move(gates)},
          {"promote", verdict.promote},
          {"sentence", verdict.sentence()}};
}

}  // namespace veleta
