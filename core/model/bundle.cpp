#include "model/bundle.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "current_values.hpp"
#include "trees/link.hpp"

namespace veleta {

namespace {

/// How far golden predictions may differ, relative to their size.
constexpr double kGoldenTolerance = 1e-6;

void check_columns(const char* what, const Matrix& matrix, size_t features) {
  if (matrix.rows > 0 && matrix.columns != features)
    throw Error(ErrorCode::kBadData, fmt::format("the model's {} rows have {} features; its encoding makes {}", what,
                                                 matrix.columns, features));
}

void compare_golden(const std::vector<double>& stored, const std::vector<double>& now, const std::string& how) {
  double mean_size = 0;
  for (const double prediction : stored) mean_size += std::abs(prediction) / static_cast<double>(stored.size());
  for (size_t row = 0; row < stored.size(); ++row)
    if (!(std::abs(now[row] - stored[row]) <= kGoldenTolerance * std::max(std::abs(stored[row]), mean_size)))
      throw Error(ErrorCode::kBadData,
                  fmt::format("the model does not predict what it did when it was trained: golden row "
                              "{} gave {}, and gives {} by {}",
                              row, stored[row], now[row], how));
}

}  // namespace

std::shared_ptr<const Bundle> Bundle::open(BundleParts parts, PluginHost& plugins) {
  const std::shared_ptr<Bundle> bundle(new Bundle(std::move(parts)));
  bundle->golden_ = bundle->parts_.golden.view();
  bundle->background_ = bundle->parts_.background.view();
  bundle->load_learner(plugins);
  bundle->check_golden_rows();
  bundle->prepare_explainer(plugins);
  return bundle;
}

void Bundle::load_learner(PluginHost& plugins) {
  const auto& plugin = plugins.describe(PluginKind::kLearner, parts_.learner);
  const auto learner = plugins.create_learner(parts_.learner, current_values(plugin.params, parts_.learner_params), {});
  model_ = learner->load(parts_.learner_bytes);
  const size_t features = parts_.features.feature_names().size();
  trees_ = model_->trees(features);
  if (!trees_) linear_ = model_->linear(features);
  if (trees_ && trees_->outputs > 1)
    throw Error(ErrorCode::kUnsupported, fmt::format("the model of learner '{}' has {} outputs; a pipeline takes one",
                                                     parts_.learner, trees_->outputs));
  if (trees_) evaluator_.emplace(*trees_, features);
}

void Bundle::check_golden_rows() {
  const size_t features = parts_.features.feature_names().size();
  check_columns("golden", parts_.golden, features);
  check_columns("background", parts_.background, features);
  if (parts_.golden_predictions.size() != golden_.rows)
    throw Error(ErrorCode::kBadData, fmt::format("the model has {} golden rows and {} predictions of them",
                                                 golden_.rows, parts_.golden_predictions.size()));
  if (golden_.rows == 0) return;
  std::vector<double> now(golden_.rows);
  model_->predict(golden_, now);
  compare_golden(parts_.golden_predictions, now, fmt::format("learner '{}'", parts_.learner));
  if (!trees_ && !linear_) return;
  margins(golden_, now);
  for (double& value : now) value = apply_link(link(), value);
  compare_golden(parts_.golden_predictions, now, trees_ ? "its view as trees" : "its view as a linear model");
}

/// Of a model without a view, the margin is the prediction.
void Bundle::margins(const MatrixView& rows, std::span<double> margins) const {
  if (evaluator_)
    evaluator_->margins(rows, margins);
  else if (linear_)
    evaluate_linear(*linear_, rows, margins);
  else
    model_->predict(rows, margins);
}

int32_t Bundle::link() const { return trees_ ? trees_->link : linear_ ? linear_->link : VELETA_IDENTITY; }

/// What a margin means to people.
double Bundle::predicted(double margin) const { return parts_.target.from_learner(apply_link(link(), margin)); }

std::vector<double> Bundle::predict(const Table& rows) const {
  Matrix encoded = parts_.features.encode(rows);
  std::vector<double> predictions(encoded.rows);
  margins(encoded.view(), predictions);
  for (double& prediction : predictions) prediction = predicted(prediction);
  return predictions;
}

}  // namespace veleta
