#pragma once

#include <cmath>
#include <random>

#include "model/bundle.hpp"
#include "tables.hpp"
#include "test_plugins.hpp"

namespace veleta::testing {

inline ParamValue flag(const std::string& name, bool value) {
  ParamValue param;
  param.name = name;
  param.type = VELETA_FLAG;
  param.integer = value;
  return param;
}

inline ParamValue number(const std::string& name, double value) {
  ParamValue param;
  param.name = name;
  param.type = VELETA_NUMBER;
  param.number = value;
  return param;
}

/// Houses whose price follows from size, rooms and city; the street tells nothing. Some cells are missing.
inline Table houses(size_t rows, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<double> sizes, rooms, prices;
  std::vector<std::string> cities, states, sold, streets;
  for (size_t row = 0; row < rows; ++row) {
    const double size = 50 + 200 * uniform(random);
    const auto city = static_cast<int>(30 * uniform(random));
    sizes.push_back(uniform(random) < 0.1 ? kNaN : size);
    rooms.push_back(std::floor(1 + 5 * uniform(random)));
    prices.push_back(1000 * size * (1 + city / 30.0) + 5000 * rooms.back() + 3000 * uniform(random));
    cities.push_back(uniform(random) < 0.05 ? "" : "city " + std::to_string(city));
    states.push_back(city % 2 == 0 ? "north" : "south");
    sold.push_back(uniform(random) < 0.5 ? "" : "20" + std::to_string(10 + city % 10) + "-06-28");
    streets.push_back("street " + std::to_string(row));
  }
  return {{numbers("size", sizes), numbers("rooms", rooms), categories("city", cities), categories("state", states),
           times("sold", sold), categories("street", streets), numbers("price", prices), categories("dear", [&] {
             std::vector<std::string> labels;
             for (const double price : prices) labels.push_back(price > 220000 ? "yes" : "no");
             return labels;
           }())}};
}

/// A bundle of test_line over one number column `x`, which predicts 2 x in the learner's space.
inline BundleParts line_parts() {
  Table table{{numbers("x", {1, 2, 3, 4})}};
  const std::vector<double> target{2, 4, 6, 8};
  const std::vector<uint64_t> hashes{1, 2, 3, 4};
  BundleParts parts;
  parts.pipeline = "lines";
  parts.learner = "test_line";
  parts.learner_version = "1.0.0";
  parts.learner_bytes = "2";
  parts.target = {"y", Task::kRegression, TargetTransform::kNone, "", ""};
  parts.input_schema = schema_of(table);
  parts.rules.ignore = {"id"};
  parts.features = FeatureEncoder::fit(table, "y", target, hashes, {}, parts.golden);
  parts.golden_predictions = {2, 4, 6, 8};
  parts.background = parts.golden;
  parts.profile = make_profile(table);
  parts.importance = {{"x", 5.0}};
  parts.explainer = "test_first_feature";
  parts.explainer_params = {flag("works", true)};
  parts.notes = {{"rows", 4}};
  return parts;
}

/// A bundle of test_line over a number `x`, a category `c` of two levels and missing, and a time `t`, which predicts 2
/// x and is explained by test_even.
inline BundleParts mixed_parts() {
  std::vector<double> x;
  std::vector<std::string> labels, days;
  for (int row = 0; row < 12; ++row) {
    x.push_back(row + 1);
    labels.push_back(row % 3 == 0 ? "" : row % 3 == 1 ? "a" : "b");
    days.push_back(row % 2 == 0 ? "2020-06-28" : "2021-07-01");
  }
  Table table{{numbers("x", x), categories("c", labels), times("t", days)}};
  std::vector<double> target;
  std::vector<uint64_t> hashes;
  for (const double value : x) target.push_back(2 * value), hashes.push_back(static_cast<uint64_t>(value));
  BundleParts parts = line_parts();
  parts.input_schema = schema_of(table);
  parts.features = FeatureEncoder::fit(table, "y", target, hashes, {}, parts.golden);
  parts.golden_predictions = target;
  parts.background = parts.golden;
  parts.profile = make_profile(table);
  parts.explainer = "test_even";
  return parts;
}

}  // namespace veleta::testing
