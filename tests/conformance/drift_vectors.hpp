#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

// The vectors of drift.json, which says of each where it comes from. Statistics agree to 1e-12 of their value, exact
// Kolmogorov–Smirnov probabilities likewise, all others to 1e-9.

namespace veleta {

using Rows = std::vector<double>;

inline constexpr double kStatisticTolerance = 1e-12;
inline constexpr double kPTolerance = 1e-9;

inline void expect_relative(double actual, double expected, double tolerance) {
  EXPECT_NEAR(actual, expected, tolerance * std::abs(expected));
}

/// One entry of the file, and the streams that its data may name.
class Vector {
 public:
  Vector(const json::object& entry, const json::object& streams) : entry_(entry), streams_(streams) {}

  const json::object& entry() const { return entry_; }
  std::string source() const { return text_or_empty(entry_, "source"); }
  Rows reference() const { return rows(entry_.at("reference")); }
  Rows current() const { return rows(entry_.at("current")); }
  Rows reference_counts() const { return numbers(entry_.at("reference").at("counts")); }
  Rows current_counts() const { return numbers(entry_.at("current").at("counts")); }
  double statistic() const { return entry_.at("expected_statistic").to_number<double>(); }
  Rows statistics() const { return numbers(entry_.at("expected_statistic")); }
  bool has_p() const { return !entry_.at("expected_pvalue").is_null(); }
  double p() const { return entry_.at("expected_pvalue").to_number<double>(); }
  const json::object& params() const { return entry_.at("params").as_object(); }
  double param(std::string_view name) const { return params().at(name).to_number<double>(); }
  Rows list(std::string_view name) const { return numbers(params().at(name)); }
  /// Value i as many times as counts[i] says.
  static Rows repeat(const Rows& values, const Rows& counts) {
    Rows result;
    for (size_t i = 0; i < values.size(); ++i) result.insert(result.end(), static_cast<size_t>(counts[i]), values[i]);
    return result;
  }

  bool mentions(std::string_view param, std::string_view word) const {
    return text_or_empty(params(), param).find(word) != std::string::npos;
  }

 private:
  static Rows numbers(const json::value& list) {
    Rows result;
    for (const auto& item : list.as_array()) result.push_back(item.to_number<double>());
    return result;
  }

  Rows rows(const json::value& data) const {
    if (data.is_array()) return numbers(data);
    if (data.is_string()) return numbers(streams_.at(data.as_string().subview(1)).at("data"));
    return repeat(numbers(data.at("values")), numbers(data.at("counts")));
  }

  const json::object& entry_;
  const json::object& streams_;
};

/// Calls `check` with each vector of `method`, of which there must be `count`.
inline void for_each_vector(const std::string& method, size_t count, const std::function<void(const Vector&)>& check) {
  static const json::value file = read_json_file(VELETA_SOURCE_FOLDER "/tests/conformance/drift.json");
  size_t found = 0;
  for (const auto& entry : file.at("vectors").as_array()) {
    if (entry.at("method").as_string() != method) continue;
    ++found;
    const Vector vector(entry.as_object(), file.at("streams").as_object());
    SCOPED_TRACE(method + ", vector " + std::to_string(found) + ": " + vector.source());
    check(vector);
  }
  EXPECT_EQ(found, count);
}

inline Rows sorted(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace veleta
