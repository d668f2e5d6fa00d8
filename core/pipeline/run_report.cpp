#include "run_report.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/log.hpp"
#include "data/reader.hpp"
#include "drift/drift.hpp"
#include "model/explanation_rows.hpp"
#include "plots/plots.hpp"
#include "rows.hpp"

namespace veleta {

namespace {

constexpr size_t kDots = 1000;           ///< of predicted against actual
constexpr size_t kExplainedRows = 200;   ///< dots a column
constexpr size_t kReadableLabels = 100;  ///< a column of more makes segments of next to no rows
constexpr const char* kMissingLabel = "(missing)";

Column numbers_column(const std::string& name, std::vector<double> numbers) {
  Column column;
  column.name = name;
  column.numbers = std::move(numbers);
  return column;
}

Column labels_column(const std::string& name, const std::vector<std::string>& labels) {
  Column column;
  column.name = name;
  column.type = ColumnType::kCategory;
  for (const std::string& label : labels) label.empty() ? column.append_missing() : column.append_label(label);
  return column;
}

std::vector<size_t> all_rows(size_t count) {
  std::vector<size_t> rows(count);
  for (size_t row = 0; row < count; ++row) rows[row] = row;
  return rows;
}

/// Parts of the rows by what they have in one column, with the metrics of each.
struct Segment {
  std::string label;
  Metrics metrics;
};

class Reporter {
 public:
  explicit Reporter(const ReportSubject& subject)
      : bundle_(subject.challenger),
        importance_(subject.challenger.parts().importance),
        holdout_(subject.holdout),
        metric_(subject.metric),
        detected_(subject.detected) {}

  RunReport make() && {
    try_to("predicted_against_actual", [&] { add_predictions(); });
    try_to("error_by_segment", [&] { add_segments(); });
    try_to("drift", [&] { add_drift(); });
    try_to("shap", [&] { add_attributions(); });
    return std::move(report_);
  }

 private:
  /// Losing a picture must never fail a run.
  template <typename Make>
  void try_to(const std::string& what, Make make) {
    try {
      make();
    } catch (const std::exception& error) {
      report_.problems.push_back(fmt::format("{} could not be drawn: {}", what, error.what()));
      log(LogLevel::kWarning, report_.problems.back());
    }
  }

  void add(const std::string& name, Picture picture) {
    report_.files["plots/" + name + ".svg"] = std::move(picture.svg);
    report_.files["plots/" + name + ".png"] = std::move(picture.png);
  }

  void add_table(const std::string& name, const Table& table) {
    report_.files["tables/" + name + ".csv"] = to_csv(table);
  }

  const TargetSpec& target() const { return bundle_.parts().target; }

  void add_predictions() {
    predicted_ = holdout_.predicted.empty() ? bundle_.predict(holdout_.table) : holdout_.predicted;
    if (target().task == Task::kBinary)
      return add("predicted_against_actual",
                 draw_calibration({target().column + " = " + target().positive, holdout_.actual, predicted_}));
    const std::vector<size_t> dots = spread(all_rows(predicted_.size()), kDots);
    add("predicted_against_actual",
        draw_predicted_against_actual({target().column, pick(holdout_.actual, dots), pick(predicted_, dots),
                                       target().transform == TargetTransform::kLog}));
  }

  /// The category column that matters most, of those with a readable number of labels; null where there is none.
  const Column* segment_column() const {
    const Column* best = nullptr;
    double most = -1;
    for (const Column& column : holdout_.table.columns) {
      const auto weight = importance_.find(column.name);
      const bool is_fit = column.type == ColumnType::kCategory && column.name != target().column &&
                          weight != importance_.end() && column.dictionary.size() <= kReadableLabels;
      if (is_fit && weight->second > most) best = &column, most = weight->second;
    }
    return best;
  }

  std::vector<Segment> segments_by(const Column& column) const {
    std::map<std::string, std::vector<size_t>> rows_of;
    for (size_t row = 0; row < column.size(); ++row)
      rows_of[column.is_missing(row) ? kMissingLabel : column.label(row)].push_back(row);
    std::vector<Segment> segments;
    for (const auto& [label, rows] : rows_of)
      segments.push_back({label, compute_metrics(target().task, pick(holdout_.actual, rows), pick(predicted_, rows))});
    return segments;
  }

  void add_segments() {
    const Column* column = segment_column();
    if (!column || predicted_.empty()) return;
    const std::vector<Segment> segments = segments_by(*column);
    const bool in_targets_unit = metric_ == "mae" || metric_ == "rmse" || metric_ == "median_ae";
    SegmentErrors errors{metric_, in_targets_unit ? target().column : "", column->name, {}, 0};
    for (const Segment& segment : segments)
      errors.segments.push_back({segment.label, segment.metrics.at(metric_), segment.metrics.at("rows")});
    errors.overall = compute_metrics(target().task, holdout_.actual, predicted_).at(metric_);
    add("error_by_segment", draw_segment_errors(errors));
    add_table("error_by_segment", table_of(segments, column->name));
  }

  static Table table_of(const std::vector<Segment>& segments, const std::string& column) {
    std::vector<std::string> labels;
    std::map<std::string, std::vector<double>> metrics;
    for (const Segment& segment : segments) {
      labels.push_back(segment.label);
      for (const auto& [name, value] : segment.metrics) metrics[name].push_back(value);
    }
    Table table{{labels_column(column, labels)}};
    for (auto& [name, values] : metrics) table.columns.push_back(numbers_column(name, std::move(values)));
    return table;
  }

  /// The drift that the step `detect` found: nothing of a first batch, which there is no champion to hold it against.
  void add_drift() {
    const json::object& drift = detected_.at("drift").as_object();
    const json::array& results = drift.at("results").as_array();
    if (results.empty()) return;
    std::vector<DriftBar> bars;
    for (const auto& item : results) {
      const json::object& result = item.as_object();
      bars.push_back({column_text(result), text_or_empty(result, "detector"), text_or_empty(result, "verdict"),
                      number_or_nan(result, "effect"), number_or_nan(result, "min_effect"),
                      number_or_nan(result, "adjusted_p")});
    }
    add("drift", draw_drift(bars, number_or_nan(drift, "alpha")));
    add_table("drift", drift_table(results));
  }

  static Table drift_table(const json::array& results) {
    Table table;
    for (const char* name : {"column", "detector", "verdict"}) {
      std::vector<std::string> texts;
      for (const auto& item : results) {
        const json::object& result = item.as_object();
        texts.push_back(std::string_view(name) == "column" ? column_text(result) : text_or_empty(result, name));
      }
      table.columns.push_back(labels_column(name, texts));
    }
    for (const char* name :
         {"effect", "min_effect", "statistic", "p_value", "adjusted_p", "impact", "reference_rows", "current_rows"}) {
      std::vector<double> values;
      for (const auto& result : results) values.push_back(number_or_nan(result.as_object(), name));
      table.columns.push_back(numbers_column(name, std::move(values)));
    }
    return table;
  }

  void add_attributions() {
    if (!bundle_.can_explain() || importance_.empty()) return;
    const Table rows = holdout_.table.select(spread(all_rows(holdout_.table.row_count()), kExplainedRows));
    const ExplanationSet explained = bundle_.explain(rows);
    AttributionSummary summary{unit_of(explained.space, target()), {}};
    const auto& columns = bundle_.input_columns();
    for (size_t i = 0; i < columns.size(); ++i) {
      ColumnAttributions column{columns[i], importance_.at(columns[i]), {}, {}};
      for (const Explanation& row : explained.rows) column.attributions.push_back(row.attributions[i]);
      if (const Column* cells = rows.find(columns[i])) column.values = cells->numbers;
      summary.columns.push_back(std::move(column));
    }
    add("shap_summary", draw_shap_summary(summary));
    add("shap_beeswarm", draw_shap_beeswarm(summary));
    add_table("shap_summary", importance_table());
  }

  Table importance_table() const {
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [column, size] : importance_) order.emplace_back(-size, column);
    std::ranges::sort(order);
    std::vector<std::string> names;
    std::vector<double> sizes;
    for (const auto& [negative, column] : order) names.push_back(column), sizes.push_back(-negative);
    return {{labels_column("column", names), numbers_column("mean_attribution_size", sizes)}};
  }

  const Bundle& bundle_;
  const std::map<std::string, double>& importance_;
  const HoldoutRows& holdout_;
  const std::string& metric_;
  const json::object& detected_;
  std::vector<double> predicted_;
  RunReport report_;
};

}  // namespace

RunReport make_report(const ReportSubject& subject) { return Reporter(subject).make(); }

}  // namespace veleta
