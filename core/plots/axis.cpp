#include "axis.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

namespace veleta {

namespace {

constexpr double kPixelsPerTick = 90;

/// No difference between values within it overflows.
constexpr double kMost = 1e300;
double bounded(double value, bool logarithmic) { return std::clamp(value, logarithmic ? 1 / kMost : -kMost, kMost); }

/// The round step that cuts `span` into about `count` parts.
double round_step(double span, double count) {
  const double rough = span / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough) return factor * power;
  return 10 * power;
}

std::vector<double> linear_ticks(double low, double high, double count) {
  const double step = round_step(high - low, count);
  std::vector<double> ticks;
  // Counted in steps: adding them up would gather rounding.
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step && ticks.size() < 100; ++i)
    ticks.push_back(i * step);
  return ticks;
}

/// Powers of ten, with 2 and 5 times them where there is room.
std::vector<double> logarithmic_ticks(double low, double high, double count) {
  constexpr double kRounding = 1e-9;
  const double first = std::ceil(std::log10(low) - kRounding), last = std::floor(std::log10(high) + kRounding);
  const double powers = last - first + 1;
  std::vector<double> ticks;
  if (3 * powers <= 1.5 * count) {
    for (double power = first - 1; power <= last; ++power)
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double tick = factor * std::pow(10, power);
        if (tick >= low * (1 - kRounding) && tick <= high * (1 + kRounding)) ticks.push_back(tick);
      }
    return ticks;
  }
  for (double power = first; power <= last; power += std::ceil(powers / count)) ticks.push_back(std::pow(10, power));
  return ticks;
}

}  // namespace

Axis::Axis(double low, double high, double first_pixel, double last_pixel, bool logarithmic)
    : low_(bounded(low, logarithmic)),
      high_(bounded(high, logarithmic)),
      first_pixel_(first_pixel),
      last_pixel_(last_pixel),
      logarithmic_(logarithmic) {
  // So narrow a range is one value, and rounding.
  const double size = std::max(std::abs(low_), std::abs(high_));
  if (high_ - low_ > 1e-9 * size) return;
  low_ = logarithmic ? low_ / 2 : low_ - std::max(size / 2, 0.5);
  high_ = logarithmic ? high_ * 2 : high_ + std::max(size / 2, 0.5);
}

double Axis::place(double value) const {
  const double inside = bounded(value, logarithmic_);
  if (logarithmic_) return (std::log(inside) - std::log(low_)) / (std::log(high_) - std::log(low_));
  return (inside - low_) / (high_ - low_);
}

double Axis::pixel(double value) const { return first_pixel_ + place(value) * (last_pixel_ - first_pixel_); }

std::vector<double> Axis::ticks() const {
  const double count = std::max(2.0, std::abs(last_pixel_ - first_pixel_) / kPixelsPerTick);
  return logarithmic_ ? logarithmic_ticks(low_, high_, count) : linear_ticks(low_, high_, count);
}

std::string short_number(double number) {
  struct Unit {
    double size;
    const char* letter;
  };
  static constexpr std::array kUnits{Unit{1e9, "G"}, Unit{1e6, "M"}, Unit{1e3, "k"}};
  const double size = std::abs(number);
  if (!std::isfinite(number)) return "–";
  if (size < 1e-12) return "0";
  if (size >= 1e12 || size < 1e-4) return fmt::format("{:.1e}", number);
  if (size < 999.5) return fmt::format("{:.3g}", number);
  if (size < 1e4) return fmt::format("{:.0f}", std::round(number / 10) * 10);
  const Unit& unit = *std::ranges::find_if(kUnits, [&](const Unit& each) { return size >= each.size; });
  return fmt::format("{:.3g}{}", number / unit.size, unit.letter);
}

}  // namespace veleta
