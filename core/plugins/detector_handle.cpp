#include <fmt/format.h>
#include <cmath>
#include <cstring>

#include "instance.hpp"

namespace veleta {

namespace {

veleta_numeric_window to_abi(const NumericSample& sample) {
  return {sizeof(veleta_numeric_window), sample.sorted.data(), sample.sorted.size(),     sample.row_count,
          sample.missing_count,          sample.mean,          sample.standard_deviation};
}

veleta_categorical_window to_abi(const CategoricalSample& sample) {
  return {sizeof(veleta_categorical_window),
          sample.labels.data(),
          sample.counts.data(),
          sample.labels.size(),
          sample.row_count,
          sample.missing_count};
}

void check(const PluginInstance& plugin, const veleta_drift_result& raw) {
  if (!std::isfinite(raw.statistic)) plugin.broke_contract(fmt::format("its statistic is {}", raw.statistic));
  if (!std::isfinite(raw.effect) || raw.effect < 0) plugin.broke_contract(fmt::format("its effect is {}", raw.effect));
  if (!std::isfinite(raw.min_effect)) plugin.broke_contract(fmt::format("its min_effect is {}", raw.min_effect));
  const bool is_chance = raw.p_value >= 0 && raw.p_value <= 1;
  if (!is_chance && raw.p_value != VELETA_NO_P_VALUE)
    plugin.broke_contract(fmt::format("its p-value is {}", raw.p_value));
  if (raw.detectable_effect < 0)
    plugin.broke_contract(fmt::format("its detectable_effect is {}", raw.detectable_effect));
  if (raw.direction < -1 || raw.direction > 1) plugin.broke_contract(fmt::format("its direction is {}", raw.direction));
}

template <typename Function, typename Window>
DriftResult compare_windows(const PluginInstance& plugin, Function function, const Window& reference,
                            const Window& current) {
  if (!function) throw Error(ErrorCode::kUnsupported, plugin.name() + " does not compare columns of this kind");
  constexpr double kNone = DriftResult::kNone;
  veleta_drift_result raw{sizeof raw, kNone, VELETA_NO_P_VALUE, kNone, kNone, kNone, 0, {}};
  plugin.call_alone(function, plugin.get(), &reference, &current, &raw);
  check(plugin, raw);
  return {raw.statistic,
          raw.p_value,
          raw.effect,
          raw.min_effect,
          raw.detectable_effect,
          raw.direction,
          {raw.detail, strnlen(raw.detail, sizeof raw.detail)}};
}

}  // namespace

DetectorHandle::DetectorHandle(std::unique_ptr<PluginInstance> instance) : instance_(std::move(instance)) {}
DetectorHandle::~DetectorHandle() = default;

bool DetectorHandle::compares_numbers() const { return instance_->verbs<veleta_detector>().compare_numeric; }
bool DetectorHandle::compares_categories() const { return instance_->verbs<veleta_detector>().compare_categorical; }

DriftResult DetectorHandle::compare(const NumericSample& reference, const NumericSample& current) {
  return compare_windows(*instance_, instance_->verbs<veleta_detector>().compare_numeric, to_abi(reference),
                         to_abi(current));
}

DriftResult DetectorHandle::compare(const CategoricalSample& reference, const CategoricalSample& current) {
  return compare_windows(*instance_, instance_->verbs<veleta_detector>().compare_categorical, to_abi(reference),
                         to_abi(current));
}

}  // namespace veleta
