#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "abi_values.hpp"
#include "instance.hpp"

namespace veleta {

namespace {

veleta_status margin_of(void* context, const veleta_matrix* rows, double* margins) {
  try {
    static_cast<const ExplainableModel*>(context)->margin(from_abi(*rows), {margins, rows->rows});
    return VELETA_OK;
  } catch (...) {
    PluginCall::keep_host_failure();
    return VELETA_INTERNAL;
  }
}

}  // namespace

/// All that a prepared explanation may keep pointers to. Never moves.
struct PreparedHandle::Model {
  explicit Model(ExplainableModel from)
      : host(std::move(from)), background(to_abi(host.background)), abi{sizeof abi,  host.columns, host.trees,
                                                                        host.linear, margin_of,    &host,
                                                                        &background} {}

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

double PreparedHandle::explain(const MatrixView& rows, std::span<double> attributions) const {
  const PluginInstance& plugin = *explainer_->instance_;
  if (attributions.size() != rows.rows * rows.columns)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} rows of {} features come with room for {} attributions",
                                                         rows.rows, rows.columns, attributions.size()));
  std::ranges::fill(attributions, DriftResult::kNone);  // what the plugin leaves out must not look like an attribution
  const veleta_matrix raw = to_abi(rows);
  double base_value = DriftResult::kNone;
  plugin.call(plugin.verbs<veleta_explainer>().explain, plugin.get(), prepared_, &raw, attributions.data(),
              &base_value);
  if (!std::isfinite(base_value)) plugin.broke_contract(fmt::format("its base value is {}", base_value));
  const auto wrong = std::ranges::find_if_not(attributions, [](double value) { return std::isfinite(value); });
  if (wrong != attributions.end()) {
    const auto at = static_cast<size_t>(wrong - attributions.begin());
    plugin.broke_contract(
        fmt::format("its attribution of feature {} in row {} is {}", at % rows.columns, at / rows.columns, *wrong));
  }
  return base_value;
}

}  // namespace veleta
