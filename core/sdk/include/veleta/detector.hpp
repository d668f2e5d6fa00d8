#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "veleta/drift.hpp"
#include "veleta/plugin.hpp"
#include "veleta/series.hpp"

namespace veleta {

/// Compares numeric columns. compare is never called concurrently on one object. Empty samples do occur.
class NumericDetector {
 public:
  virtual ~NumericDetector() = default;
  virtual DriftResult compare(const NumericSample& reference, const NumericSample& current) const = 0;
};

/// Compares categorical columns, likewise. A class may derive from several of these.
class CategoricalDetector {
 public:
  virtual ~CategoricalDetector() = default;
  virtual DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const = 0;
};

/// Compares the rows of two windows as a whole. A class says what it looks at by
/// `static constexpr uint32_t kNeeds = VELETA_NEEDS_FEATURES | …;`.
class RowDetector {
 public:
  virtual ~RowDetector() = default;
  virtual DriftResult compare(const RowSample& reference, const RowSample& current) const = 0;
};

/// Watches series, value by value. Its const functions are never called concurrently on one object; watches outlive no
/// detector.
class StreamDetector {
 public:
  virtual ~StreamDetector() = default;
  /// Begins a watch. Throws Error(kUnsupported) where the method needs what is not known of the series.
  virtual std::unique_ptr<Watch> watch(const Series& series) const = 0;
  /// Throws Error(kBadData) if `bytes` is not what save gave.
  virtual std::unique_ptr<Watch> load(std::string_view bytes) const = 0;
  /// Mean number of values between false alarms that the parameters promise at least; NaN: nothing is promised.
  virtual double run_length() const { return Signal::kNone; }
};

// What the columns are of that a numeric detector compares: `static constexpr int32_t kSubject =
// VELETA_OF_ATTRIBUTIONS;` in its class; without it they are the data's.

#pragma GCC visibility push(hidden)
namespace detail {

/// Whether the host's struct reaches past a member, given by where it ends.
template <typename Struct>
bool reaches(const Struct& from, size_t end_of_member) {
  return from.size >= end_of_member;
}

inline NumericSample sample(const veleta_numeric_window& window) {
  NumericSample sample{
      {window.sorted, window.count}, window.row_count, window.missing_count, window.mean, window.standard_deviation};
  if (!reaches(window, sizeof(veleta_numeric_window))) return sample;
  sample.values = {window.values, window.value_count};
  sample.rows = {window.rows, window.value_count};
  sample.minimum = window.minimum;
  sample.maximum = window.maximum;
  sample.wrong_type_count = window.wrong_type_count;
  return sample;
}

inline CategoricalSample sample(const veleta_categorical_window& window) {
  CategoricalSample sample{
      {window.labels, window.count}, {window.counts, window.count}, window.row_count, window.missing_count};
  if (reaches(window, sizeof(veleta_categorical_window))) sample.wrong_type_count = window.wrong_type_count;
  return sample;
}

inline RowSample sample(const veleta_row_window& window) {
  const auto rows = [&](const double* values) {
    return std::span<const double>{values, values ? window.sample_count : 0};
  };
  RowSample sample;
  sample.row_count = window.row_count;
  sample.part_rows = {window.part_rows, window.part_count};
  sample.task = static_cast<Task>(window.task);
  if (const veleta_matrix* features = window.features)
    sample.features = {features->values, features->rows, features->columns, {features->names, features->columns}};
  sample.predictions = rows(window.predictions);
  sample.targets = rows(window.targets);
  return sample;
}

inline void write_result(const DriftResult& from, veleta_drift_result* to) {
  to->statistic = from.statistic;
  to->p_value = from.p_value;
  to->effect = from.effect;
  to->min_effect = from.min_effect;
  to->detectable_effect = from.detectable_effect;
  to->direction = from.direction;
  size_t length = std::min(from.detail.size(), sizeof to->detail - 1);
  while (length > 0 && length < from.detail.size() && (from.detail[length] & 0xC0) == 0x80)
    --length;  // whole UTF-8 characters
  std::memcpy(to->detail, from.detail.data(), length);
  to->detail[length] = '\0';
  if (!reaches(*to, sizeof(veleta_drift_result))) return;
  to->effect_low = from.effect_low;
  to->effect_high = from.effect_high;
}

template <typename Class, typename Base, typename Window>
veleta_status compare(void* instance, const Window* reference, const Window* current,
                      veleta_drift_result* out) noexcept {
  return call<Class>(instance, [&](const Base& detector) {
    write_result(detector.compare(sample(*reference), sample(*current)), out);
  });
}

/// Gives a watch away to the host, which destroys it.
inline void* released(std::unique_ptr<Watch> watch) {
  if (!watch) throw Error(ErrorCode::kInternal, "the detector made no watch");
  return watch.release();
}

template <typename Class>
veleta_status begin_watch(void* instance, const veleta_series* series, void** watch) noexcept {
  return call<Class>(instance, [&](const StreamDetector& detector) {
    *watch = released(detector.watch({series->row_count, series->mean, series->standard_deviation, series->minimum,
                                      series->maximum, series->is_error != 0}));
  });
}

template <typename Class>
veleta_status update_watch(void* instance, void* watch, const double* values, size_t count,
                           veleta_signal* out) noexcept {
  return call<Class>(instance, [&](const StreamDetector&) {
    Signal signal;
    const size_t taken = static_cast<Watch*>(watch)->update({values, count}, signal);
    fill(out, veleta_signal{out->size, static_cast<int32_t>(signal.level), signal.direction, taken, signal.statistic,
                            signal.threshold, signal.e_value, signal.before, signal.now});
  });
}

template <typename Class>
veleta_status save_watch(void* instance, void* watch, const veleta_writer* out) noexcept {
  return call<Class>(instance, [&](const StreamDetector&) {
    const std::string bytes = static_cast<const Watch*>(watch)->save();
    if (out->write(out->context, bytes.data(), bytes.size()) != VELETA_OK)
      throw Error(ErrorCode::kInternal, "the host could not keep the state");
  });
}

template <typename Class>
veleta_status load_watch(void* instance, const void* bytes, size_t byte_count, void** watch) noexcept {
  return call<Class>(instance, [&](const StreamDetector& detector) {
    *watch = released(detector.load({static_cast<const char*>(bytes), byte_count}));
  });
}

template <typename Class>
void destroy_watch(void*, void* watch) noexcept {
  delete static_cast<Watch*>(watch);
}

template <typename Class>
double run_length(void* instance) noexcept {
  const StreamDetector& detector = *static_cast<Instance<Class>*>(instance)->object;
  try {
    return detector.run_length();
  } catch (...) {
    return Signal::kNone;
  }
}

template <typename Class>
veleta_detector make_detector_verbs() {
  veleta_detector table{};
  table.size = sizeof table;
  if constexpr (requires { Class::kSubject; }) table.subject = Class::kSubject;
  if constexpr (requires { Class::kNeeds; }) table.needs = Class::kNeeds;
  if constexpr (std::is_base_of_v<NumericDetector, Class>)
    table.compare_numeric = &compare<Class, NumericDetector, veleta_numeric_window>;
  if constexpr (std::is_base_of_v<CategoricalDetector, Class>)
    table.compare_categorical = &compare<Class, CategoricalDetector, veleta_categorical_window>;
  if constexpr (std::is_base_of_v<RowDetector, Class>)
    table.compare_rows = &compare<Class, RowDetector, veleta_row_window>;
  if constexpr (std::is_base_of_v<StreamDetector, Class>) {
    table.watch = &begin_watch<Class>;
    table.update = &update_watch<Class>;
    table.save_watch = &save_watch<Class>;
    table.load_watch = &load_watch<Class>;
    table.destroy_watch = &destroy_watch<Class>;
    table.run_length = &run_length<Class>;
  }
  return table;
}

template <typename Class>
const veleta_detector* detector_verbs() {
  static_assert(std::is_base_of_v<NumericDetector, Class> || std::is_base_of_v<CategoricalDetector, Class> ||
                    std::is_base_of_v<RowDetector, Class> || std::is_base_of_v<StreamDetector, Class>,
                "a detector derives from veleta::NumericDetector, CategoricalDetector, RowDetector or StreamDetector");
  static const veleta_detector verbs = make_detector_verbs<Class>();
  return &verbs;
}

}  // namespace detail
#pragma GCC visibility pop
}  // namespace veleta

/// VELETA_DETECTOR(Class, "name", "version", parameters…) makes a plugin of Class.
#define VELETA_DETECTOR(Class, name, version, ...)                                                               \
  VELETA_DETAIL_PLUGIN(VELETA_KIND_DETECTOR, 0, ::veleta::detail::detector_verbs<Class>(), Class, name, version, \
                       __VA_ARGS__)
