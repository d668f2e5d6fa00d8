#include "model/scored_rows.hpp"

#include <numeric>

#include "model/bundle.hpp"

namespace veleta {

namespace {

/// So many rows are explained where each takes many evaluations of the model.
constexpr size_t kSlowlyExplainedRows = 256;

bool explains_slowly(const Bundle& bundle) { return !bundle.trees() && !bundle.linear(); }

Column number_column(std::string name, std::vector<double> numbers) {
  Column column;
  column.name = std::move(name);
  column.numbers = std::move(numbers);
  return column;
}

Table attribution_table(const std::vector<std::string>& names, const ExplanationSet& explained) {
  Table table;
  for (size_t column = 0; column < names.size(); ++column) {
    std::vector<double> attributions;
    attributions.reserve(explained.rows.size());
    for (const Explanation& row : explained.rows)
      attributions.push_back(static_cast<double>(static_cast<float>(row.attributions[column])));
    table.columns.push_back(number_column(names[column], std::move(attributions)));
  }
  return table;
}

}  // namespace

std::vector<size_t> spread_rows(size_t rows, size_t count) {
  std::vector<size_t> picked(std::min(rows, count));
  for (size_t i = 0; i < picked.size(); ++i) picked[i] = i * rows / picked.size();
  return picked;
}

ScoredRows score_rows(const Bundle& bundle, const Table& rows) {
  const TargetSpec& target = bundle.parts().target;
  return {bundle.parts().features.encode(rows), bundle.predict(rows),
          rows.find(target.column) ? target.values(rows) : std::vector<double>{}};
}

Profile profile_of_predictions(std::span<const double> predictions) {
  return make_profile({{number_column("prediction", {predictions.begin(), predictions.end()})}});
}

Profile profile_of_attributions(const Bundle& bundle, const Table& rows) {
  const std::vector<size_t> sample =
      spread_rows(rows.row_count(), explains_slowly(bundle) ? kSlowlyExplainedRows : ScoredRows::kMaxRows);
  return make_profile(attribution_table(bundle.input_columns(), bundle.explain(rows.select(sample))));
}

ReferenceRows reference_rows(const Bundle& bundle, const Table& rows) {
  return {score_rows(bundle, rows), bundle.can_explain() ? profile_of_attributions(bundle, rows) : Profile{}};
}

}  // namespace veleta
