#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "axis.hpp"
#include "bar_chart.hpp"

namespace veleta {

namespace {

constexpr size_t kMostBars = 30;
/// Bars end here: beyond, how many times too much it is tells nothing more.
constexpr double kMostMultiples = 10;

double multiples(const DriftBar& bar) {
  if (!std::isfinite(bar.effect)) return std::nan("");
  if (bar.min_effect > 0) return bar.effect / bar.min_effect;
  return bar.effect > 0 ? kMostMultiples : 0;
}

Color color_of(const std::string& verdict) {
  if (verdict == "drifted") return kRed;
  return verdict == "stable" ? kBlue : kGray;
}

std::string p_text(double p) {
  if (!(p >= 0)) return "";
  if (p < 1e-300) return ", p < 1e-300";
  return p < 0.001 ? fmt::format(", p = {:.0e}", p) : fmt::format(", p = {:.2g}", p);
}

}  // namespace

Picture draw_drift(const std::vector<DriftBar>& given, double alpha) {
  std::vector<DriftBar> bars = given;
  std::erase_if(bars, [](const DriftBar& bar) { return !std::isfinite(multiples(bar)); });
  std::ranges::stable_sort(bars, [](const DriftBar& a, const DriftBar& b) { return multiples(a) > multiples(b); });
  const size_t left_out = bars.size() > kMostBars ? bars.size() - kMostBars : 0;
  bars.resize(bars.size() - left_out);

  BarChart chart;
  chart.title = "Drift of the batch against the training window";
  chart.subtitle = fmt::format(
      "p is adjusted for all comparisons (Benjamini–Hochberg); drifted: p ≤ {} and an effect that "
      "matters",
      short_number(alpha));
  chart.x_title = "effect, in multiples of the least that matters";
  chart.keys = {{kRed, "drifted"}, {kBlue, "stable"}, {kGray, "not shown either way"}};
  double longest = 0;
  for (const DriftBar& bar : bars) {
    const double size = multiples(bar);
    longest = std::max(longest, size);
    chart.bars.push_back(
        {fmt::format("{} · {}", bar.column, bar.detector), std::min(size, kMostMultiples),
         fmt::format("{} of {}{}", short_number(bar.effect), short_number(bar.min_effect), p_text(bar.adjusted_p)),
         color_of(bar.verdict)});
  }
  if (!bars.empty()) chart.line = {1, "least that matters"};
  if (longest > kMostMultiples)
    chart.note = fmt::format("Bars end at {} times; the numbers beside them are the effects.", kMostMultiples);
  if (left_out > 0)
    chart.note += fmt::format("{}{} smaller ones are left out.", chart.note.empty() ? "" : " ", left_out);
  return draw(chart);
}

}  // namespace veleta
