#include "model_detectors.hpp"

#include <algorithm>

namespace veleta {

namespace {

constexpr const char* kRows = "rows";

/// Of what is no column.
ColumnDrift result_of(const DetectorUse& use, const std::string& place) {
  ColumnDrift drift;
  drift.column = place;
  drift.is_column = false;
  drift.detector = use.name;
  return drift;
}

/// Calls `compare`, which fills `drift`; where it cannot, the result says why.
template <typename Compare>
void judge(ColumnDrift& drift, Compare&& compare) {
  try {
    compare();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    drift.verdict = DriftVerdict::kNotJudged;
    drift.failed = error.code() != ErrorCode::kUnsupported;
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
  explicit CountedWindows(const ComparedWindows& windows) : windows_(windows) {}
  Rows rows(uint32_t) override {
    Rows counted;
    counted.reference.row_count = windows_.reference.row_count;
    counted.reference.part_rows = windows_.reference.part_rows;
    counted.current.row_count = windows_.current.row_count;
    counted.current.part_rows = windows_.current.part_rows;
    return counted;
  }
  Scores predictions() override { return none(); }
  Scores attributions() override { return none(); }

 private:
  static Scores none() { throw Error(ErrorCode::kUnsupported, "there is no model"); }

  const ComparedWindows& windows_;
};

/// Compares scores that a model gave. Where there are none, each detector says so.
DriftReport compare_scores(const std::vector<DetectorUse>& detectors, const std::string& column,
                           const std::function<ModelWindows::Scores()>& scores, const CompareColumns& compare_columns,
                           bool tells_movement) {
  DriftReport compared;
  if (detectors.empty()) return compared;
  ColumnDrift unknown = result_of(detectors.front(), column);
  judge(unknown, [&] {
    const ModelWindows::Scores found = scores();
    compared = compare_columns(found.reference, found.current, detectors, tells_movement);
  });
  if (unknown.verdict != DriftVerdict::kNotJudged) return compared;
  for (const auto& use : detectors) {
    unknown.detector = use.name;
    compared.results.push_back(unknown);
  }
  return compared;
}

template <typename Item>
void append(std::vector<Item>& items, std::vector<Item> more) {
  std::ranges::move(more, std::back_inserter(items));
}

ColumnVerdict row_of_rows(const ComparedWindows& windows) {
  ColumnVerdict row;
  row.column = kRows;
  row.is_column = false;
  row.reference_rows = windows.reference.row_count;
  row.current_rows = windows.current.row_count;
  return row;
}

}  // namespace

std::vector<DetectorUse> of_subject(const std::vector<DetectorUse>& detectors, int32_t subject) {
  std::vector<DetectorUse> chosen;
  for (const auto& use : detectors)
    if (use.detector->subject() == subject) chosen.push_back(use);
  return chosen;
}

void add_model_results(DriftReport& report, const ComparedWindows& windows, const std::vector<DetectorUse>& detectors,
                       const CompareColumns& compare_columns) {
  if (ModelWindows* model = windows.model) {
    DriftReport predictions = compare_scores(
        of_subject(detectors, VELETA_OF_PREDICTIONS), "prediction", [&] { return model->predictions(); },
        compare_columns, true);
    for (auto& result : predictions.results) result.is_column = false;
    for (auto& row : predictions.columns) row.is_column = false;
    append(report.results, std::move(predictions.results));
    append(report.columns, std::move(predictions.columns));
    append(report.results, compare_scores(
                               of_subject(detectors, VELETA_OF_ATTRIBUTIONS), "attributions",
                               [&] { return model->attributions(); }, compare_columns, false)
                               .results);
  }
  CountedWindows counted(windows);
  bool any = false;
  for (const auto& use : detectors) {
    if (!use.detector->compares_rows() || (!windows.model && use.detector->needs() != 0)) continue;
    report.results.push_back(compare_rows(use, windows.model ? *windows.model : counted));
    any = true;
  }
  if (any) report.columns.push_back(row_of_rows(windows));
}

}  // namespace veleta
