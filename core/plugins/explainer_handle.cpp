#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "abi_values.hpp"
#include "instance.hpp"

namespace veleta {

namespace {

veleta_status margin_of(void* context, const veleta_matrix* rows, double* margins) {
  try {
    const auto& model = *static_cast<const ExplainableModel*>(context);
    model.margin(from_abi(*rows), {margins, rows->rows * model.outputs});
    return VELETA_OK;
  } catch (...) {
    PluginCall::keep_host_failure();
    return VELETA_INTERNAL;
  }
}

/// What a plugin leaves out must not look like a number.
void fill_with_none(std::span<double> values) { std::ranges::fill(values, DriftResult::kNone); }

}  // namespace

/// All that a prepared explanation may keep pointers to. Never moves.
struct PreparedHandle::Model {
  explicit Model(ExplainableModel from)
      : host(std::move(from)),
        background(to_abi(host.background)),
        abi{sizeof abi,
            host.columns,
            host.trees,
            host.linear,
            margin_of,
            &host,
            &background,
            static_cast<uint32_t>(host.outputs),
            static_cast<int32_t>(host.link)} {}

  ExplainableModel host;
  veleta_matrix background;
  veleta_explainable abi;
};

ExplainerHandle::ExplainerHandle(std::unique_ptr<PluginInstance> instance) : instance_(std::move(instance)) {}
ExplainerHandle::~ExplainerHandle() = default;

const std::string& ExplainerHandle::name() const { return instance_->name(); }

std::unique_ptr<PreparedHandle> ExplainerHandle::prepare(ExplainableModel model) {
  return std::make_unique<PreparedHandle>(shared_from_this(), std::move(model));
}

PreparedHandle::PreparedHandle(std::shared_ptr<ExplainerHandle> explainer, ExplainableModel model)
    : explainer_(std::move(explainer)), model_(std::make_unique<Model>(std::move(model))) {
  const PluginInstance& plugin = *explainer_->instance_;
  plugin.call_alone(plugin.verbs<veleta_explainer>().prepare, plugin.get(), &model_->abi, &prepared_);
  if (!prepared_) plugin.broke_contract("prepare gave nothing");
}

PreparedHandle::~PreparedHandle() {
  const PluginInstance& plugin = *explainer_->instance_;
  plugin.give_back(plugin.verbs<veleta_explainer>().destroy_prepared, prepared_);
}

void PreparedHandle::check_room(const char* what, size_t found, size_t expected) const {
  if (found != expected)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("there is room for {} {}; expected {}", found, what, expected));
}

void PreparedHandle::check_finite(const char* what, std::span<const double> values, size_t per_row) const {
  const auto wrong = std::ranges::find_if_not(values, [](double value) { return std::isfinite(value); });
  if (wrong == values.end()) return;
  const auto at = static_cast<size_t>(wrong - values.begin());
  const std::string where = per_row > 1 ? fmt::format(" of feature {} in row {}", at % per_row, at / per_row) : "";
  explainer_->instance_->broke_contract(fmt::format("its {}{} is {}", what, where, *wrong));
}

template <typename Function>
Function PreparedHandle::required(Function veleta_explainer::*verb, const char* what) const {
  const PluginInstance& plugin = *explainer_->instance_;
  const Function found = optional_function(plugin.verbs<veleta_explainer>(), verb);
  if (!found) throw Error(ErrorCode::kUnsupported, fmt::format("explainer '{}' has no {}", explainer_->name(), what));
  return found;
}

void PreparedHandle::explain(const MatrixView& rows, const Attributions& out) const {
  const PluginInstance& plugin = *explainer_->instance_;
  const auto& verbs = plugin.verbs<veleta_explainer>();
  const size_t per_row = model_->host.outputs * rows.columns;
  check_room("attributions", out.values.size(), rows.rows * per_row);
  check_room("base values", out.base_values.size(), model_->host.outputs);
  fill_with_none(out.values);
  fill_with_none(out.base_values);
  std::ranges::fill(out.standard_errors, 0.0);
  const veleta_matrix raw = to_abi(rows);
  const auto with_errors = optional_function(verbs, &veleta_explainer::explain_with_errors);
  if (!out.standard_errors.empty() && with_errors) {
    check_room("standard errors", out.standard_errors.size(), out.values.size());
    plugin.call(with_errors, plugin.get(), prepared_, &raw, out.values.data(), out.standard_errors.data(),
                out.base_values.data());
  } else {
    plugin.call(verbs.explain, plugin.get(), prepared_, &raw, out.values.data(), out.base_values.data());
  }
  check_finite("base value", out.base_values, 1);
  check_finite("attribution", out.values, per_row);
  check_finite("standard error", out.standard_errors, per_row);
}

double PreparedHandle::explain(const MatrixView& rows, std::span<double> attributions) const {
  double base_value = DriftResult::kNone;
  explain(rows, {attributions, {&base_value, 1}, {}});
  return base_value;
}

void PreparedHandle::interact(const MatrixView& rows, std::span<double> interactions,
                              std::span<double> base_values) const {
  const PluginInstance& plugin = *explainer_->instance_;
  const auto interact = required(&veleta_explainer::interact, "interaction values");
  const size_t per_row = model_->host.outputs * rows.columns * rows.columns;
  check_room("interactions", interactions.size(), rows.rows * per_row);
  check_room("base values", base_values.size(), model_->host.outputs);
  fill_with_none(interactions);
  fill_with_none(base_values);
  const veleta_matrix raw = to_abi(rows);
  plugin.call(interact, plugin.get(), prepared_, &raw, interactions.data(), base_values.data());
  check_finite("base value", base_values, 1);
  check_finite("interaction", interactions, per_row);
}

void PreparedHandle::explain_loss(const MatrixView& rows, std::span<const double> targets,
                                  const Attributions& out) const {
  const PluginInstance& plugin = *explainer_->instance_;
  const auto explain_loss = required(&veleta_explainer::explain_loss, "attributions of a loss");
  check_room("targets", targets.size(), rows.rows);
  check_room("attributions", out.values.size(), rows.rows * rows.columns);
  check_room("base values", out.base_values.size(), rows.rows);
  fill_with_none(out.values);
  fill_with_none(out.base_values);
  const veleta_matrix raw = to_abi(rows);
  plugin.call(explain_loss, plugin.get(), prepared_, &raw, targets.data(), out.values.data(), out.base_values.data());
  check_finite("base value", out.base_values, 1);
  check_finite("attribution", out.values, rows.columns);
}

std::string PreparedHandle::method() const {
  const PluginInstance& plugin = *explainer_->instance_;
  const auto describe = optional_function(plugin.verbs<veleta_explainer>(), &veleta_explainer::describe_prepared);
  std::string text;
  if (!describe) return text;
  const veleta_writer writer = writer_to(text);
  plugin.call(describe, plugin.get(), prepared_, &writer);
  return text;
}

Space PreparedHandle::space() const {
  const PluginInstance& plugin = *explainer_->instance_;
  const auto space_of = optional_function(plugin.verbs<veleta_explainer>(), &veleta_explainer::space_of_prepared);
  const int32_t space = space_of ? space_of(plugin.get(), prepared_) : VELETA_MARGIN_SPACE;
  if (space != VELETA_MARGIN_SPACE && space != VELETA_RESPONSE_SPACE)
    plugin.broke_contract(fmt::format("its space {} is none of the known", space));
  return static_cast<Space>(space);
}

}  // namespace veleta
