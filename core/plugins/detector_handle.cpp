#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstring>

#include "abi_values.hpp"
#include "instance.hpp"
#include "plugins/shared_values.hpp"

namespace veleta {

namespace {

veleta_numeric_window to_abi(const NumericSample& sample) {
  veleta_numeric_window window{};
  window.size = sizeof window;
  window.sorted = sample.sorted.data();
  window.count = sample.sorted.size();
  window.row_count = sample.row_count;
  window.missing_count = sample.missing_count;
  window.mean = sample.mean;
  window.standard_deviation = sample.standard_deviation;
  window.values = sample.values.data();
  window.rows = sample.rows.data();
  window.value_count = sample.values.size();
  window.minimum = sample.minimum;
  window.maximum = sample.maximum;
  window.wrong_type_count = sample.wrong_type_count;
  return window;
}

veleta_categorical_window to_abi(const CategoricalSample& sample) {
  return {sizeof(veleta_categorical_window),
          sample.labels.data(),
          sample.counts.data(),
          sample.labels.size(),
          sample.row_count,
          sample.missing_count,
          sample.wrong_type_count};
}

/// `features` is kept by the caller while the window is used.
veleta_row_window to_abi(const RowSample& sample, const veleta_matrix& features) {
  const size_t rows = std::max({sample.features.rows, sample.predictions.size(), sample.targets.size()});
  const auto data = [](std::span<const double> values) { return values.empty() ? nullptr : values.data(); };
  return {sizeof(veleta_row_window),
          sample.row_count,
          data(sample.part_rows),
          sample.part_rows.size(),
          static_cast<int32_t>(sample.task),
          rows,
          sample.features.values ? &features : nullptr,
          data(sample.predictions),
          data(sample.targets)};
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
  if (raw.effect_low > raw.effect_high)
    plugin.broke_contract(fmt::format("its effect lies between {} and {}", raw.effect_low, raw.effect_high));
}

/// A detector of an older ABI has a shorter table.
template <typename Function>
Function verb(const PluginInstance& plugin, Function veleta_detector::*member) {
  return optional_function(plugin.verbs<veleta_detector>(), member);
}

template <typename Function, typename Window>
DriftResult compare_windows(const PluginInstance& plugin, Function function, const Window& reference,
                            const Window& current) {
  if (!function) throw Error(ErrorCode::kUnsupported, plugin.name() + " does not compare columns of this kind");
  constexpr double kNone = DriftResult::kNone;
  veleta_drift_result raw{sizeof raw, kNone, VELETA_NO_P_VALUE, kNone, kNone, kNone, 0, {}, kNone, kNone};
  plugin.call_alone(function, plugin.get(), &reference, &current, &raw);
  check(plugin, raw);
  return {raw.statistic,
          raw.p_value,
          raw.effect,
          raw.min_effect,
          raw.detectable_effect,
          raw.direction,
          {raw.detail, strnlen(raw.detail, sizeof raw.detail)},
          raw.effect_low,
          raw.effect_high};
}

bool is_level(int32_t level) { return level >= VELETA_NO_SIGNAL && level <= VELETA_ALARM; }

}  // namespace

DetectorHandle::DetectorHandle(std::unique_ptr<PluginInstance> instance) : instance_(std::move(instance)) {}
DetectorHandle::~DetectorHandle() = default;

bool DetectorHandle::compares_numbers() const { return verb(*instance_, &veleta_detector::compare_numeric); }
bool DetectorHandle::compares_categories() const { return verb(*instance_, &veleta_detector::compare_categorical); }
bool DetectorHandle::compares_rows() const { return verb(*instance_, &veleta_detector::compare_rows); }
bool DetectorHandle::watches() const { return verb(*instance_, &veleta_detector::watch); }

int32_t DetectorHandle::subject() const {
  const auto& verbs = instance_->verbs<veleta_detector>();
  return verbs.size > offsetof(veleta_detector, subject) ? verbs.subject : VELETA_OF_DATA;
}

uint32_t DetectorHandle::needs() const { return compares_rows() ? instance_->verbs<veleta_detector>().needs : 0; }

DriftResult DetectorHandle::compare(const NumericSample& reference, const NumericSample& current) {
  if (reference.values.empty() && current.values.empty() && !(reference.sorted.empty() && current.sorted.empty())) {
    const SharedValues shared = SharedValues::of_sorted(reference, current);
    NumericSample whole_reference = reference, whole_current = current;
    shared.show_reference(whole_reference);
    shared.show_current(whole_current);
    return compare(whole_reference, whole_current);
  }
  return compare_windows(*instance_, verb(*instance_, &veleta_detector::compare_numeric), to_abi(reference),
                         to_abi(current));
}

DriftResult DetectorHandle::compare(const CategoricalSample& reference, const CategoricalSample& current) {
  return compare_windows(*instance_, verb(*instance_, &veleta_detector::compare_categorical), to_abi(reference),
                         to_abi(current));
}

DriftResult DetectorHandle::compare(const RowSample& reference, const RowSample& current) {
  const veleta_matrix reference_features = veleta::to_abi(reference.features);
  const veleta_matrix current_features = veleta::to_abi(current.features);
  return compare_windows(*instance_, verb(*instance_, &veleta_detector::compare_rows),
                         to_abi(reference, reference_features), to_abi(current, current_features));
}

std::unique_ptr<WatchHandle> DetectorHandle::watch(const Series& series) {
  const auto begin = verb(*instance_, &veleta_detector::watch);
  if (!begin) throw Error(ErrorCode::kUnsupported, instance_->name() + " does not watch series");
  const veleta_series abi{sizeof abi,     series.row_count, series.mean,    series.standard_deviation,
                          series.minimum, series.maximum,   series.is_error};
  void* watch = nullptr;
  instance_->call_alone(begin, instance_->get(), &abi, &watch);
  if (!watch) instance_->broke_contract("watch gave nothing");
  return std::make_unique<WatchHandle>(shared_from_this(), watch);
}

std::unique_ptr<WatchHandle> DetectorHandle::load_watch(std::string_view bytes) {
  const auto load = verb(*instance_, &veleta_detector::load_watch);
  if (!load) throw Error(ErrorCode::kUnsupported, instance_->name() + " does not watch series");
  void* watch = nullptr;
  instance_->call_alone(load, instance_->get(), bytes.data(), bytes.size(), &watch);
  if (!watch) instance_->broke_contract("load_watch gave nothing");
  return std::make_unique<WatchHandle>(shared_from_this(), watch);
}

double DetectorHandle::run_length() {
  const auto function = verb(*instance_, &veleta_detector::run_length);
  return function ? function(instance_->get()) : Signal::kNone;
}

WatchHandle::WatchHandle(std::shared_ptr<DetectorHandle> detector, void* watch)
    : detector_(std::move(detector)), watch_(watch) {}

WatchHandle::~WatchHandle() {
  const PluginInstance& plugin = *detector_->instance_;
  plugin.give_back(plugin.verbs<veleta_detector>().destroy_watch, watch_);
}

size_t WatchHandle::update(std::span<const double> values, Signal& signal) {
  const PluginInstance& plugin = *detector_->instance_;
  constexpr double kNone = Signal::kNone;
  veleta_signal raw{sizeof raw, VELETA_NO_SIGNAL, 0, 0, kNone, kNone, kNone, kNone, kNone};
  plugin.call(plugin.verbs<veleta_detector>().update, plugin.get(), watch_, values.data(), values.size(), &raw);
  if (raw.taken > values.size() || (raw.taken < values.size() && raw.level != VELETA_ALARM))
    plugin.broke_contract(fmt::format("it took {} of {} values without an alarm", raw.taken, values.size()));
  if (raw.taken == 0 && !values.empty()) plugin.broke_contract("it took none of the values");
  if (!is_level(raw.level)) plugin.broke_contract(fmt::format("its signal is of level {}", raw.level));
  signal = {static_cast<SignalLevel>(raw.level),
            raw.direction,
            raw.statistic,
            raw.threshold,
            raw.e_value,
            raw.before,
            raw.now};
  return raw.taken;
}

std::string WatchHandle::save() const {
  const PluginInstance& plugin = *detector_->instance_;
  std::string bytes;
  const veleta_writer writer = writer_to(bytes);
  plugin.call(plugin.verbs<veleta_detector>().save_watch, plugin.get(), watch_, &writer);
  return bytes;
}

}  // namespace veleta
