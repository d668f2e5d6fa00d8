#include "pipeline/decision.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "metrics/metrics.hpp"

namespace veleta {

namespace {

bool has_enough_drift(const DriftReport& drift, const PipelineConfig::Retrain& rules) {
  return drift.drifted_share() >= rules.min_drift_share;
}

/// The grounds for training, each looked for by one function below.
class Grounds {
 public:
  Grounds(const Evidence& evidence, const PipelineConfig::Retrain& rules) : evidence_(evidence), rules_(rules) {
    find_drift();
    find_performance();
    find_volume();
    find_new_columns();
  }

  std::vector<Reason> take() { return std::move(reasons_); }

 private:
  bool counts(const std::string& ground) const { return is_ground(rules_, ground); }

  /// New categories are a ground of their own; every other detector's finding is drift. What is found in columns counts
  /// where enough of them drifted.
  void find_drift() {
    const bool has_enough = has_enough_drift(evidence_.drift, rules_);
    for (const ColumnDrift* drift : evidence_.drift.with(DriftVerdict::kDrifted)) {
      const std::string ground = drift->detector == kNewCategories ? kNewCategories : "drift";
      if (!counts(ground) || (ground == "drift" && !has_enough && is_of_column(*drift))) continue;
      reasons_.push_back({ground, drift->sentence()});
    }
  }

  bool is_of_column(const ColumnDrift& drift) const {
    return std::ranges::any_of(evidence_.drift.columns, [&](const auto& each) { return each.column == drift.column; });
  }

  void find_performance() {
    if (!counts("performance") || !evidence_.performance) return;
    const Performance& found = *evidence_.performance;
    const double growth = (found.on_batch - found.at_promotion) / std::abs(found.at_promotion);
    const double worse = lower_is_better(found.metric) ? growth : -growth;
    if (worse > rules_.max_metric_growth)
      reasons_.push_back(
          {"performance",
           fmt::format("the production model's {} on this batch is {:.6g}, {:.0f} % worse than "
                       "the {:.6g} it was promoted with ({:.0f} % are allowed)",
                       found.metric, found.on_batch, worse * 100, found.at_promotion, rules_.max_metric_growth * 100)});
  }

  void find_volume() {
    if (!counts("volume") || evidence_.rows_trained <= 0) return;
    const double growth = evidence_.rows_since / evidence_.rows_trained;
    if (growth >= rules_.min_volume_growth)
      reasons_.push_back({"volume", fmt::format("{} rows came since the last training, {:.0f} % of the {} it had",
                                                with_thousands(evidence_.rows_since), growth * 100,
                                                with_thousands(evidence_.rows_trained))});
  }

  void find_new_columns() {
    if (counts("schema") && !evidence_.new_columns.empty())
      reasons_.push_back({"schema", "the batch has new columns: " + join(evidence_.new_columns, ", ")});
  }

  const Evidence& evidence_;
  const PipelineConfig::Retrain& rules_;
  std::vector<Reason> reasons_;
};

/// Why nothing was found, told so that "too little data" and "not judged" are never taken for "no drift".
std::vector<Reason> reasons_for_rest(const Evidence& evidence, const PipelineConfig::Retrain& rules) {
  std::vector<Reason> reasons{{"no_change", "nothing that matters changed since the production model was trained"}};
  if (is_ground(rules, "drift") && !has_enough_drift(evidence.drift, rules) &&
      !evidence.drift.with(DriftVerdict::kDrifted).empty())
    reasons = {{"drift_share", fmt::format("{} of {} columns drifted, {:.3g} %, and {:.3g} % lead to training",
                                           evidence.drift.drifted_columns(), evidence.drift.compared_columns(),
                                           evidence.drift.drifted_share() * 100, rules.min_drift_share * 100)}};
  const auto underpowered = evidence.drift.with(DriftVerdict::kUnderpowered);
  if (!underpowered.empty())
    reasons.push_back({"underpowered",
                       fmt::format("{} of {} comparisons had too few rows to tell ({} among them)", underpowered.size(),
                                   evidence.drift.results.size(), underpowered.front()->column)});
  auto not_judged = evidence.drift.with(DriftVerdict::kNotJudged);
  std::erase_if(not_judged, [](const ColumnDrift* result) { return result->failed; });  // told apart
  if (!not_judged.empty())
    reasons.push_back({"not_judged", fmt::format("{} of {} comparisons could not be made ({})", not_judged.size(),
                                                 evidence.drift.results.size(), not_judged.front()->sentence())});
  return reasons;
}

/// A detector that broke may have missed what it was there to find, whatever the others say.
void tell_failures(const DriftReport& drift, std::vector<Reason>& reasons) {
  std::map<std::string, std::vector<const ColumnDrift*>> failures;
  for (const auto& result : drift.results)
    if (result.failed) failures[result.detector].push_back(&result);
  for (const auto& [detector, failed] : failures)
    reasons.push_back(
        {kDetectorFailed, fmt::format("detector '{}' failed in {} comparison{}: {}", detector, failed.size(),
                                      failed.size() == 1 ? "" : "s", failed.front()->sentence())});
}

}  // namespace

bool is_ground(const PipelineConfig::Retrain& rules, const std::string& ground) {
  return std::find(rules.when.begin(), rules.when.end(), ground) != rules.when.end();
}

json::value to_json(const std::vector<Reason>& reasons) {
  json::array array;
  for (const auto& reason : reasons) array.push_back({{"code", reason.code}, {"sentence", reason.sentence}});
  return array;
}

std::vector<Reason> reasons_from_json(const json::value& value) {
  std::vector<Reason> reasons;
  for (const auto& item : value.as_array())
    reasons.push_back({text_or_empty(item.as_object(), "code"), text_or_empty(item.as_object(), "sentence")});
  return reasons;
}

json::value to_json(const Performance& performance) {
  return {{"metric", performance.metric},
          {"at_promotion", number_or_null(performance.at_promotion)},
          {"on_batch", number_or_null(performance.on_batch)}};
}

std::string TrainingDecision::sentence() const {
  static constexpr size_t kTold = 4;
  std::vector<std::string> sentences;
  std::string failures;
  for (const auto& reason : reasons) {
    if (reason.code == kDetectorFailed)
      failures += " Beware: " + reason.sentence + ".";
    else
      sentences.push_back(reason.sentence);
  }
  const size_t more = sentences.size() > kTold ? sentences.size() - kTold : 0;
  sentences.resize(sentences.size() - more);
  std::string text = (train ? "Training: " : "Skipped: ") + join(sentences, "; ");
  if (more > 0) text += fmt::format("; and {} more", more);
  return text + "." + failures;
}

TrainingDecision decide_training(const Evidence& evidence, const PipelineConfig::Retrain& rules) {
  if (!evidence.problems.empty()) return {false, evidence.problems};
  if (!evidence.has_champion) return {true, {{"baseline", "there is no production model yet"}}};
  auto reasons = Grounds(evidence, rules).take();
  const bool train = !reasons.empty();
  if (!train) reasons = reasons_for_rest(evidence, rules);
  tell_failures(evidence.drift, reasons);
  return {train, std::move(reasons)};
}

}  // namespace veleta
