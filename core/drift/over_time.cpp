#include "drift/over_time.hpp"

#include <algorithm>
#include <cmath>

namespace veleta {

namespace {

/// The share of a wealth that is spent j windows after it was earned. All of them sum to less than 1.
double gamma(int64_t j) {
  constexpr double kC = 0.07720838;
  const auto place = static_cast<double>(j);
  return kC * std::log(std::max(place, 2.0)) / (place * std::exp(std::sqrt(std::log(place))));
}

}  // namespace

double lord_level(const TestedWindows& earlier, double alpha) {
  const double start = alpha / 10;
  const int64_t now = earlier.count + 1;
  double level = gamma(now) * start;
  for (size_t i = 0; i < earlier.rejected.size(); ++i)
    level += gamma(now - earlier.rejected[i]) * (i == 0 ? alpha - start : alpha);
  return level;
}

json::value to_json(const TestedWindows& windows) {
  return {{"windows", windows.count}, {"drifted", json::value_from(windows.rejected)}};
}

TestedWindows tested_windows_from_json(const json::value& value) {
  try {
    TestedWindows windows{value.at("windows").to_number<int64_t>(),
                          json::value_to<std::vector<int64_t>>(value.at("drifted"))};
    int64_t last = 0;
    for (const int64_t window : windows.rejected) {
      if (window <= last || window > windows.count) throw Error(ErrorCode::kBadData, "their order is wrong");
      last = window;
    }
    return windows;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kBadData,
                std::string("the record of windows tested over time cannot be read: ") + error.what());
  }
}

}  // namespace veleta
