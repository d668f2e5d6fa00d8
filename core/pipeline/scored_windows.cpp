#include "scored_windows.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace veleta {

namespace {

/// Rows of each batch that a version's window was made from, ascending; empty where its notes do not tell.
std::vector<double> part_rows_of(const BundleParts& trained) {
  std::vector<double> rows;
  if (const json::value* noted = trained.notes.if_contains("batch_rows"))
    for (const auto& count : noted->as_array()) rows.push_back(count.to_number<double>());
  std::ranges::sort(rows);
  return rows;
}

RowSample sample_of(const ScoredRows& scored, uint32_t needs, std::vector<const char*>& names) {
  RowSample sample;
  if (needs & VELETA_NEEDS_FEATURES) {
    names.clear();
    for (const auto& name : scored.features.names) names.push_back(name.c_str());
    sample.features = {scored.features.values.data(), scored.features.rows, scored.features.columns, names};
  }
  if (needs & VELETA_NEEDS_PREDICTIONS) sample.predictions = scored.predictions;
  if (needs & VELETA_NEEDS_TARGETS) sample.targets = scored.targets;
  return sample;
}

}  // namespace

ScoredWindows::ScoredWindows(const BundleParts& trained, const Table& rows, OpenBundle open)
    : trained_(trained),
      rows_(rows),
      open_(std::move(open)),
      reference_row_count_(trained.profile.row_count),
      current_row_count_(static_cast<double>(rows.row_count())),
      reference_part_rows_(part_rows_of(trained)),
      current_part_rows_{current_row_count_} {}

ModelWindows::Rows ScoredWindows::rows(uint32_t needs) {
  Rows windows;
  if (needs != 0)
    windows = {sample_of(reference().scored, needs, reference_names_), sample_of(scored(), needs, current_names_)};
  windows.reference.task = windows.current.task = trained_.target.task;
  windows.reference.row_count = reference_row_count_;
  windows.reference.part_rows = reference_part_rows_;
  windows.current.row_count = current_row_count_;
  windows.current.part_rows = current_part_rows_;
  return windows;
}

ModelWindows::Scores ScoredWindows::predictions() {
  if (!reference_predictions_) reference_predictions_ = profile_of_predictions(reference().scored.predictions);
  if (!current_predictions_) current_predictions_ = profile_of_predictions(scored().predictions);
  return {*reference_predictions_, *current_predictions_};
}

ModelWindows::Scores ScoredWindows::attributions() {
  const Profile& before = reference().attributions;
  if (before.columns.empty())
    throw Error(ErrorCode::kUnsupported,
                "no explainer could read the production model when it was registered; there are no attributions");
  if (!current_attributions_) current_attributions_ = profile_of_attributions(bundle(), sample());
  return {before, *current_attributions_};
}

const ReferenceRows& ScoredWindows::reference() const {
  if (!trained_.reference)
    throw Error(ErrorCode::kUnsupported,
                "the production model was registered without reference rows, by an earlier release; the next version "
                "will have them");
  return *trained_.reference;
}

const Bundle& ScoredWindows::bundle() {
  if (!bundle_) bundle_ = open_();
  return *bundle_;
}

const Table& ScoredWindows::sample() {
  if (!sample_) sample_ = rows_.select(spread_rows(rows_.row_count(), ScoredRows::kMaxRows));
  return *sample_;
}

const ScoredRows& ScoredWindows::scored() {
  if (!scored_) scored_ = score_rows(bundle(), sample());
  return *scored_;
}

}  // namespace veleta
