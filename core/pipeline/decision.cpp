#include "pipeline/decision.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "metrics/metrics.hpp"

namespace veleta {

namespace {

/// What was found, each by one function below: grounds for training, and what `retrain` makes none of.
class Findings {
 public:
  Findings(const Evidence& evidence, const PipelineConfig::Retrain& rules) : evidence_(evidence), rules_(rules) {
    find_drift();
    find_performance();
    find_volume();
    find_new_columns();
  }

  std::vector<Reason> take_grounds() { return std::move(grounds_); }

  /// What happened and leads to no training, each with why not.
  std::vector<Reason> without_effect() const {
    std::vector<Reason> reasons;
    if (!in_too_few_columns_.empty())
      reasons.push_back(
          {"drift_share", fmt::format("{} of {} columns drifted, {:.3g} %, and {:.3g} % lead to training: {}",
                                      evidence_.drift.drifted_columns(), evidence_.drift.compared_columns(),
                                      evidence_.drift.drifted_share() * 100, rules_.min_drift_share * 100,
                                      text_of(in_too_few_columns_))});
    for (const auto& [ground, findings] : not_asked_for_)
      reasons.push_back({"not_a_ground", fmt::format("'{}' is not among the grounds for training ({}): {}", ground,
                                                     rules_.when.empty() ? "there are none" : join(rules_.when, ", "),
                                                     text_of(findings))});
    return reasons;
  }

 private:
  struct Finding {
    std::string sentence;
    std::string where = {};  ///< the column, and the segment of it
  };

  void add(const std::string& ground, Finding finding) {
    if (is_ground(rules_, ground))
      grounds_.push_back({ground, std::move(finding.sentence)});
    else
      not_asked_for_[ground].push_back(std::move(finding));
  }

  /// New categories are a ground of their own; every other detector's finding is drift. What is found in columns counts
  /// where enough of them drifted.
  void find_drift() {
    const bool is_enough = evidence_.drift.drifted_share() >= rules_.min_drift_share;
    for (const ColumnDrift* drift : evidence_.drift.with(DriftVerdict::kDrifted)) {
      const std::string ground = drift->detector == kNewCategories ? kNewCategories : "drift";
      Finding finding{drift->sentence(), place_text(drift->column, drift->segment)};
      if (ground == "drift" && is_ground(rules_, ground) && !is_enough && drift->is_column)
        in_too_few_columns_.push_back(std::move(finding));
      else
        add(ground, std::move(finding));
    }
  }

  void find_performance() {
    if (!evidence_.performance) return;
    const Performance& found = *evidence_.performance;
    const double growth = (found.on_batch - found.at_promotion) / std::abs(found.at_promotion);
    const double worse = lower_is_better(found.metric) ? growth : -growth;
    if (worse > rules_.max_metric_growth)
      add("performance",
          {fmt::format("the production model's {} on this batch is {:.6g}, {:.0f} % worse than "
                       "the {:.6g} it was promoted with ({:.0f} % are allowed)",
                       found.metric, found.on_batch, worse * 100, found.at_promotion, rules_.max_metric_growth * 100)});
  }

  /// That rows come is no change: where nobody asks for it, it is not told.
  void find_volume() {
    if (!is_ground(rules_, "volume") || evidence_.rows_trained <= 0) return;
    const double growth = evidence_.rows_since / evidence_.rows_trained;
    if (growth >= rules_.min_volume_growth)
      add("volume",
          {fmt::format("{} rows came since the last training, {:.0f} % of the {} it had",
                       with_thousands(evidence_.rows_since), growth * 100, with_thousands(evidence_.rows_trained))});
  }

  void find_new_columns() {
    if (!evidence_.new_columns.empty())
      add("schema", {"the batch has new columns: " + join(evidence_.new_columns, ", ")});
  }

  /// The first in full, and where the others are: "price drifted up (ks: effect 0.83); bed and 3 more did as well".
  static std::string text_of(const std::vector<Finding>& findings) {
    static constexpr size_t kNamed = 5;
    std::vector<std::string> others;
    for (const auto& finding : findings)
      if (finding.where != findings.front().where && std::ranges::find(others, finding.where) == others.end())
        others.push_back(finding.where);
    if (others.empty()) return findings.front().sentence;
    const size_t more = others.size() > kNamed ? others.size() - kNamed : 0;
    others.resize(others.size() - more);
    return fmt::format("{}, and so did {}{}", findings.front().sentence, join(others, ", "),
                       more > 0 ? fmt::format(" and {} more", more) : "");
  }

  const Evidence& evidence_;
  const PipelineConfig::Retrain& rules_;
  std::vector<Reason> grounds_;
  std::vector<Finding> in_too_few_columns_;
  std::map<std::string, std::vector<Finding>> not_asked_for_;  ///< by ground
};

/// What kept silent, told so that "too little data" and "not judged" are never taken for "no drift".
void tell_silence(const DriftReport& drift, std::vector<Reason>& reasons) {
  const auto underpowered = drift.with(DriftVerdict::kUnderpowered);
  if (!underpowered.empty())
    reasons.push_back(
        {"underpowered", fmt::format("{} of {} comparisons had too few rows to tell ({} among them)",
                                     underpowered.size(), drift.results.size(), underpowered.front()->column)});
  auto not_judged = drift.with(DriftVerdict::kNotJudged);
  std::erase_if(not_judged, [](const ColumnDrift* result) { return result->failed; });  // told apart
  if (!not_judged.empty())
    reasons.push_back({"not_judged", fmt::format("{} of {} comparisons could not be made ({})", not_judged.size(),
                                                 drift.results.size(), not_judged.front()->sentence())});
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
  Findings findings(evidence, rules);
  auto reasons = findings.take_grounds();
  const bool train = !reasons.empty();
  if (!train) {
    reasons = findings.without_effect();
    if (reasons.empty())
      reasons = {{"no_change", "nothing that matters changed since the production model was trained"}};
    tell_silence(evidence.drift, reasons);
  }
  tell_failures(evidence.drift, reasons);
  return {train, std::move(reasons)};
}

}  // namespace veleta
