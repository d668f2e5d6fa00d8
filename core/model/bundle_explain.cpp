#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "attribution.hpp"
#include "base/log.hpp"
#include "current_values.hpp"
#include "explainer_order.hpp"
#include "model/bundle.hpp"

namespace veleta {

namespace {

/// How far attributions may be off, relative to the numbers that were added up: more than single precision makes of a
/// thousand trees, far less than an explainer of another model would be.
constexpr double kAdditivityTolerance = 1e-4;

}  // namespace

void Bundle::prepare_explainer(PluginHost& plugins) {
  for (const std::string& name : explainers_to_try(plugins, parts_.explainer)) {
    prepared_ = try_explainer(name, plugins);
    if (!prepared_) continue;
    explainer_ = name;
    return;
  }
}

/// Null where the explainer cannot read the model, or is broken: a model that cannot be explained can still be served.
std::unique_ptr<PreparedHandle> Bundle::try_explainer(const std::string& name, PluginHost& plugins) {
  try {
    const auto& plugin = plugins.describe(PluginKind::kExplainer, name);
    const auto& recorded = name == parts_.explainer ? parts_.explainer_params : ParamValues{};
    const auto explainer = plugins.create_explainer(name, current_values(plugin.params, recorded), {});
    return explainer->prepare({parts_.features.feature_names().size(), trees_, linear_, background_,
                               [this](const MatrixView& rows, std::span<double> out) { margins(rows, out); }});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported)
      log(LogLevel::kWarning, fmt::format("explainer '{}' is passed over: {}", name, error.what()));
    return nullptr;
  }
}

ExplanationSet Bundle::explain(const Table& rows) const {
  Matrix encoded = parts_.features.encode(rows);
  return explain(encoded.view());
}

ExplanationSet Bundle::explain(const MatrixView& rows) const {
  if (!prepared_)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("no installed explainer can read a model of learner '{}'", parts_.learner));
  ExplanationSet result = empty_set();
  std::vector<double> attributions(rows.rows * rows.columns), row_margins(rows.rows);
  const double base_margin = prepared_->explain(rows, attributions);
  margins(rows, row_margins);
  for (size_t row = 0; row < rows.rows; ++row)
    result.rows.push_back(
        explain_row(base_margin, row_margins[row], std::span(attributions).subspan(row * rows.columns, rows.columns)));
  return result;
}

/// What attributions are counted in, and how that came about.
ExplanationSet Bundle::empty_set() const {
  const TargetSpec& target = parts_.target;
  if (link() == VELETA_LOGISTIC)
    return {explainer_, "log_odds", fmt::format("on the log odds of {}", target.positive), {}};
  if (target.task == Task::kBinary)
    return {explainer_, "probability", fmt::format("on the probability of {}", target.positive), {}};
  if (is_rescaled()) return {explainer_, "target", fmt::format("on log(1 + {0}), rescaled to {0}", target.column), {}};
  return {explainer_, "target", fmt::format("on {}", target.column), {}};
}

bool Bundle::is_rescaled() const {
  return parts_.target.task == Task::kRegression && parts_.target.transform == TargetTransform::kLog;
}

Explanation Bundle::explain_row(double base_margin, double margin, std::span<double> attributions) const {
  const double rest = settle(attributions, margin - base_margin);
  if (!(std::abs(rest) <= kAdditivityTolerance * (1 + std::abs(margin) + std::abs(base_margin))))
    throw Error(ErrorCode::kPlugin,
                fmt::format("explainer '{}' broke its contract: base value and attributions add up to "
                            "{}, the model predicts {}",
                            explainer_, margin - rest, margin));
  // Where no column has a part in it, the prediction is what the model expects of any row.
  if (std::ranges::all_of(attributions, [](double attribution) { return attribution == 0; })) base_margin = margin;
  Explanation row{base_margin, margin, std::vector<double>(input_columns().size()), {}};
  double factor = 1;
  if (is_rescaled()) {
    row.base_value = predicted(base_margin);
    row.prediction = predicted(margin);
    factor = slope({base_margin, row.base_value}, {margin, row.prediction});
  }
  for (size_t feature = 0; feature < attributions.size(); ++feature)
    row.attributions[parts_.features.source_of_feature()[feature]] += factor * attributions[feature];
  if (parts_.target.task == Task::kBinary) row.probability = predicted(margin);
  return row;
}

std::map<std::string, double> Bundle::measure_importance() const {
  std::map<std::string, double> importance;
  if (!prepared_) return importance;
  const ExplanationSet explained = explain(background_);
  for (size_t column = 0; column < input_columns().size(); ++column) {
    double& mean = importance[input_columns()[column]];
    for (const Explanation& row : explained.rows)
      mean += std::abs(row.attributions[column]) / static_cast<double>(explained.rows.size());
  }
  return importance;
}

}  // namespace veleta
