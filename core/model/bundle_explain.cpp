#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "attribution.hpp"
#include "base/log.hpp"
#include "current_values.hpp"
#include "explainer_order.hpp"
#include "model/bundle.hpp"
#include "row_blocks.hpp"
#include "trees/link.hpp"

namespace veleta {

namespace {

/// How far attributions may be off, relative to the numbers that were added up: more than single precision makes of a
/// thousand trees, far less than an explainer of another model would be.
constexpr double kAdditivityTolerance = 1e-4;

/// Few enough rows that what a tree's explanation needs stays in the cache, many enough that starting costs nothing.
constexpr size_t kBlockRows = 256;

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
    auto prepared = explainer->prepare({parts_.features.feature_names().size(), trees_, linear_, background_,
                                        [this](const MatrixView& rows, std::span<double> out) { margins(rows, out); },
                                        1, static_cast<Link>(link())});
    kernel_ = prepared->method();
    space_ = prepared->space();
    return prepared;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported)
      log(LogLevel::kWarning, fmt::format("explainer '{}' is passed over: {}", name, error.what()));
    return nullptr;
  }
}

ExplanationSet Bundle::explain(const Table& rows, const ExplainOptions& options) const {
  return explain_encoded(parts_.features.encode(rows), options);
}

ExplanationSet Bundle::explain_encoded(Matrix encoded, const ExplainOptions& options) const {
  ExplanationSet result = empty_set();
  result.rows.resize(encoded.rows);
  result.encoded = std::move(encoded);
  for_each_block(result.encoded.view(), kBlockRows, options, [&](const MatrixView& block, size_t first) {
    explain_block(block, std::span(result.rows).subspan(first, block.rows));
  });
  return result;
}

void Bundle::explain_block(const MatrixView& rows, std::span<Explanation> out) const {
  const size_t size = rows.rows * rows.columns;
  std::vector<double> numbers(2 * size + rows.rows);
  const std::span<double> attributions(numbers.data(), size), errors(numbers.data() + size, size),
      row_margins(numbers.data() + 2 * size, rows.rows);
  double base = 0;
  prepared_->explain(rows, {attributions, {&base, 1}, errors});
  margins(rows, row_margins);
  for (size_t row = 0; row < rows.rows; ++row)
    out[row] = explain_row(base, row_margins[row], attributions.subspan(row * rows.columns, rows.columns),
                           errors.subspan(row * rows.columns, rows.columns));
}

/// What attributions are counted in, and how that came about. Throws where nothing can explain the model.
ExplanationSet Bundle::empty_set() const {
  if (!prepared_)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("no installed explainer can read a model of learner '{}'", parts_.learner));
  const TargetSpec& target = parts_.target;
  const auto set = [&](const char* space, std::string method) {
    return ExplanationSet{explainer_, space, std::move(method), {}, kernel_, {}};
  };
  const bool is_response = space_ == Space::kResponse;
  if (target.task == Task::kBinary) {
    if (link() == VELETA_LOGISTIC && !is_response) return set("log_odds", "on the log odds of " + target.positive);
    if (link() == VELETA_IDENTITY || is_response) return set("probability", "on the probability of " + target.positive);
    return set("margin", "on the margin of " + target.positive);
  }
  if (!is_rescaled()) return set("target", "on " + target.column);
  const bool is_log1p = target.transform == TargetTransform::kLog;
  const bool is_log = link() == VELETA_EXPONENTIAL && !is_response;
  return set("target", fmt::format("on {1}log({2}{0}), rescaled to {0}", target.column,
                                   is_log && is_log1p ? "log of " : "", is_log1p ? "1 + " : ""));
}

/// Whether what is explained is a regression's logarithm.
bool Bundle::is_rescaled() const {
  return parts_.target.task == Task::kRegression && (parts_.target.transform == TargetTransform::kLog ||
                                                     (link() == VELETA_EXPONENTIAL && space_ == Space::kMargin));
}

/// What the explainer's base value and attributions add up to, of a row's margin.
double Bundle::explained(double margin) const {
  return space_ == Space::kResponse ? apply_link(link(), margin) : margin;
}

/// The same in the target's unit, where attributions are rescaled to it.
double Bundle::rescaled(double explained) const {
  return space_ == Space::kResponse ? parts_.target.from_learner(explained) : predicted(explained);
}

/// What attributions are multiplied by, so that they add up in the target's unit.
double Bundle::factor_between(double base, double explained) const {
  const bool is_twice =
      parts_.target.transform == TargetTransform::kLog && link() == VELETA_EXPONENTIAL && space_ == Space::kMargin;
  if (!is_twice) return slope({base, rescaled(base)}, {explained, rescaled(explained)});
  return base == explained ? 0 : (rescaled(explained) - rescaled(base)) / (explained - base);
}

void Bundle::check_sum(double base, double rest, double explained) const {
  if (!(std::abs(rest) <= kAdditivityTolerance * (1 + std::abs(explained) + std::abs(base))))
    throw Error(ErrorCode::kPlugin,
                fmt::format("explainer '{}' broke its contract: base value and attributions add up to "
                            "{}, the model predicts {}",
                            explainer_, explained - rest, explained));
}

Explanation Bundle::explain_row(double base, double margin, std::span<double> attributions,
                                std::span<const double> standard_errors) const {
  const double whole = explained(margin), rest = settle(attributions, whole - base);
  check_sum(base, rest, whole);
  // Where no column has a part in it, the prediction is what the model expects of any row.
  if (std::ranges::all_of(attributions, [](double attribution) { return attribution == 0; })) base = whole;
  Explanation row{base, whole, std::vector<double>(input_columns().size()), {}, {}};
  double factor = 1;
  if (is_rescaled()) {
    row.base_value = rescaled(base);
    row.prediction = predicted(margin);
    factor = factor_between(base, whole);
  }
  for (size_t feature = 0; feature < attributions.size(); ++feature)
    row.attributions[parts_.features.source_of_feature()[feature]] += factor * attributions[feature];
  row.standard_errors = fold_errors(standard_errors, factor);
  if (parts_.target.task == Task::kBinary) row.probability = predicted(margin);
  return row;
}

/// Of each input column; empty where the explainer states none.
std::vector<double> Bundle::fold_errors(std::span<const double> standard_errors, double factor) const {
  if (std::ranges::all_of(standard_errors, [](double error) { return error == 0; })) return {};
  std::vector<double> folded(input_columns().size());
  for (size_t feature = 0; feature < standard_errors.size(); ++feature)
    folded[parts_.features.source_of_feature()[feature]] += standard_errors[feature] * standard_errors[feature];
  for (double& error : folded) error = std::abs(factor) * std::sqrt(error);
  return folded;
}

const ExplanationSet& Bundle::explained_background() const {
  const std::lock_guard lock(background_mutex_);
  if (!explained_background_) explained_background_ = explain_encoded(parts_.background, {});
  return *explained_background_;
}

std::map<std::string, double> Bundle::measure_importance() const {
  std::map<std::string, double> importance;
  if (!prepared_) return importance;
  const ExplanationSet& explained = explained_background();
  for (size_t column = 0; column < input_columns().size(); ++column) {
    double& mean = importance[input_columns()[column]];
    for (const Explanation& row : explained.rows)
      mean += std::abs(row.attributions[column]) / static_cast<double>(explained.rows.size());
  }
  return importance;
}

}  // namespace veleta
