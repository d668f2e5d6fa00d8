#pragma once

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "veleta/drift.hpp"
#include "veleta/plugin.hpp"

namespace veleta {

/// Compares numeric columns. compare is never called concurrently on one object. Empty samples do occur.
class NumericDetector {
 public:
  virtual ~NumericDetector() = default;
  virtual DriftResult compare(const NumericSample& reference, const NumericSample& current) const = 0;
};

/// Compares categorical columns, likewise. A class may derive from both.
class CategoricalDetector {
 public:
  virtual ~CategoricalDetector() = default;
  virtual DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current) const = 0;
};

#pragma GCC visibility push(hidden)
namespace detail {

inline NumericSample sample(const veleta_numeric_window& window) {
  return {
      {window.sorted, window.count}, window.row_count, window.missing_count, window.mean, window.standard_deviation};
}

inline CategoricalSample sample(const veleta_categorical_window& window) {
  return {{window.labels, window.count}, {window.counts, window.count}, window.row_count, window.missing_count};
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
}

template <typename Class, typename Base, typename Window>
veleta_status compare(void* instance, const Window* reference, const Window* current,
                      veleta_drift_result* out) noexcept {
  return call<Class>(instance, [&](const Base& detector) {
    write_result(detector.compare(sample(*reference), sample(*current)), out);
  });
}

template <typename Class>
const veleta_detector* detector_verbs() {
  static_assert(std::is_base_of_v<NumericDetector, Class> || std::is_base_of_v<CategoricalDetector, Class>,
                "a detector derives from veleta::NumericDetector, veleta::CategoricalDetector or both");
  static const veleta_detector verbs = [] {
    veleta_detector table{};
    table.size = sizeof table;
    if constexpr (std::is_base_of_v<NumericDetector, Class>)
      table.compare_numeric = &compare<Class, NumericDetector, veleta_numeric_window>;
    if constexpr (std::is_base_of_v<CategoricalDetector, Class>)
      table.compare_categorical = &compare<Class, CategoricalDetector, veleta_categorical_window>;
    return table;
  }();
  return &verbs;
}

}  // namespace detail
#pragma GCC visibility pop
}  // namespace veleta

/// VELETA_DETECTOR(Class, "name", "version", parameters…) makes a plugin of Class.
#define VELETA_DETECTOR(Class, name, version, ...)                                                               \
  VELETA_DETAIL_PLUGIN(VELETA_KIND_DETECTOR, 0, ::veleta::detail::detector_verbs<Class>(), Class, name, version, \
                       __VA_ARGS__)
