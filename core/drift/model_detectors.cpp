#include "model_detectors.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace veleta {

namespace {

constexpr const char* kRows = "rows";

ColumnDrift result_of(const DetectorUse& use, const std::string& column) {
  ColumnDrift drift;
  drift.column = column;
  drift.detector = use.name;
  return drift;
}

/// Calls `compare`, which fills `drift`; a window that cannot be compared becomes a result that says why.
template <typename Compare>
void judge(ColumnDrift& drift, Compare&& compare) {
  try {
    compare();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    if (error.code() != ErrorCode::kUnsupported)
      throw Error(ErrorCode::kPlugin, fmt::format("{}: {}", drift.column, error.what()));
    drift.verdict = DriftVerdict::kNotJudged;
    drift.result.detail = error.what();
  }
}

double compared_rows(const RowSample& sample) {
  const size_t rows = std::max({sample.features.rows, sample.predictions.size(), sample.targets.size()});
  return rows > 0 ? static_cast<double>(rows) : sample.row_count;
}

ColumnDrift compare_rows(const DetectorUse& use, ModelWindows& windows) {
  ColumnDrift drift = result_of(use, kRows);
  judge(drift, [&] {
    const ModelWindows::Rows rows = windows.rows(use.detector->needs());
    drift.reference_rows = compared_rows(rows.reference);
    drift.current_rows = compared_rows(rows.current);
    drift.result = use.detector->compare(rows.reference, rows.current);
  });
  return drift;
}

/// What is known of windows without a model: how many rows they have.
class CountedWindows final : public ModelWindows {
 public:
  CountedWindows(const Profile& reference, const Profile& current) : reference_(reference), current_(current) {}
  Rows rows(uint32_t) override {
    Rows counted;
    counted.reference.row_count = reference_.row_count;
    counted.current.row_count = current_.row_count;
    return counted;
  }
  Scores predictions() override { return none(); }
  Scores attributions() override { return none(); }

 private:
  static Scores none() { throw Error(ErrorCode::kUnsupported, "there is no model"); }

  const Profile& reference_;
  const Profile& current_;
};

/// Runs detectors over scores that a model gave. Where there are none, each of them says so.
std::vector<ColumnDrift> compare_scores(const std::vector<DetectorUse>& detectors, const std::string& column,
                                        const std::function<ModelWindows::Scores()>& scores,
                                        const CompareColumns& compare_columns) {
  if (detectors.empty()) return {};
  ColumnDrift unknown = result_of(detectors.front(), column);
  std::vector<ColumnDrift> results;
  judge(unknown, [&] {
    const ModelWindows::Scores found = scores();
    results = compare_columns(found.reference, found.current, detectors);
  });
  if (unknown.verdict != DriftVerdict::kNotJudged) return results;
  for (const auto& use : detectors) {
    unknown.detector = use.name;
    results.push_back(unknown);
  }
  return results;
}

void append(std::vector<ColumnDrift>& results, std::vector<ColumnDrift> more) {
  std::ranges::move(more, std::back_inserter(results));
}

}  // namespace

std::vector<DetectorUse> of_subject(const std::vector<DetectorUse>& detectors, int32_t subject) {
  std::vector<DetectorUse> chosen;
  for (const auto& use : detectors)
    if (use.detector->subject() == subject) chosen.push_back(use);
  return chosen;
}

std::vector<ColumnDrift> run_model_detectors(const Profile& reference, const Profile& current,
                                             const std::vector<DetectorUse>& detectors, ModelWindows* model,
                                             const CompareColumns& compare_columns) {
  std::vector<ColumnDrift> results;
  if (model) {
    append(results, compare_scores(
                        of_subject(detectors, VELETA_OF_PREDICTIONS), "prediction",
                        [&] { return model->predictions(); }, compare_columns));
    append(results, compare_scores(
                        of_subject(detectors, VELETA_OF_ATTRIBUTIONS), "attributions",
                        [&] { return model->attributions(); }, compare_columns));
  }
  CountedWindows counted(reference, current);
  for (const auto& use : detectors) {
    if (!use.detector->compares_rows() || (!model && use.detector->needs() != 0)) continue;
    results.push_back(compare_rows(use, model ? *model : counted));
  }
  return results;
}

}  // namespace veleta
