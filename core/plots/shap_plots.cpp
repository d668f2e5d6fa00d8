#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "axis.hpp"
#include "bar_chart.hpp"

namespace veleta {

namespace {

constexpr size_t kMostBars = 25;
constexpr size_t kMostSwarms = 15;
constexpr double kSwarmHeight = 34;
const TextStyle kLabel{12.5, Anchor::kEnd, kInk, false, false};
const TextStyle kTick{12, Anchor::kMiddle, kFaintInk, false, false};
const TextStyle kAxisTitle{13, Anchor::kMiddle, kInk, false, false};

/// The columns of a finite mean, the greatest first.
std::vector<const ColumnAttributions*> strongest(const AttributionSummary& summary) {
  std::vector<const ColumnAttributions*> columns;
  for (const auto& column : summary.columns)
    if (std::isfinite(column.mean_size)) columns.push_back(&column);
  std::ranges::stable_sort(columns, [](const auto* a, const auto* b) { return a->mean_size > b->mean_size; });
  return columns;
}

/// From blue, the least, over gray to red, the greatest.
Color color_of(double rank) {
  if (std::isnan(rank)) return kGray;
  constexpr Color kMiddle{168, 160, 172};
  const auto mix = [](uint8_t from, uint8_t to, double share) {
    return static_cast<uint8_t>(std::lround(from + (to - from) * share));
  };
  const Color from = rank < 0.5 ? kBlue : kMiddle, to = rank < 0.5 ? kMiddle : kRed;
  const double share = rank < 0.5 ? 2 * rank : 2 * rank - 1;
  return {mix(from.red, to.red, share), mix(from.green, to.green, share), mix(from.blue, to.blue, share)};
}

/// Where each value stands among the others, from 0 to 1, equal ones at one place; NaN for NaN.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<size_t> order;
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i])) order.push_back(i);
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size(), std::nan(""));
  for (size_t first = 0, end = 0; first < order.size(); first = end) {
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double middle = static_cast<double>(first + end - 1) / 2;
    for (size_t i = first; i < end; ++i)
      result[order[i]] = order.size() == 1 ? 0.5 : middle / static_cast<double>(order.size() - 1);
  }
  return result;
}

/// One column's rows as dots along the axis, heaped up where there are many.
void draw_swarm(Canvas& canvas, const ColumnAttributions& column, const Axis& axis, double middle) {
  constexpr double kDot = 4.4, kRoom = kSwarmHeight / 2 - 4;
  const std::vector<double> rank = ranks(column.values);
  std::map<long, size_t> heaped;
  std::map<long, size_t> heaps;
  for (const double attribution : column.attributions)
    if (std::isfinite(attribution)) ++heaps[std::lround(axis.pixel(attribution) / kDot)];
  for (size_t row = 0; row < column.attributions.size(); ++row) {
    if (!std::isfinite(column.attributions[row])) continue;
    const double x = axis.pixel(column.attributions[row]);
    const long heap = std::lround(x / kDot);
    const auto place = static_cast<double>(heaped[heap]++);
    const auto count = static_cast<double>(heaps[heap]);
    const double step = std::min(kDot, 2 * kRoom / std::max(count, 1.0));
    const double value = row < rank.size() ? rank[row] : std::nan("");
    canvas.dot({x, middle + (place - (count - 1) / 2) * step}, 2.3, color_of(value), 0.8);
  }
}

void draw_color_key(Canvas& canvas, double right, double y) {
  constexpr int kSteps = 30;
  constexpr double kWidth = 90;
  const TextStyle before{12, Anchor::kEnd, kFaintInk, false, false}, after{12, Anchor::kStart, kFaintInk, false, false};
  const double left = right - 260;
  canvas.text({left - 8, y}, "value of the cell: low", before);
  for (int step = 0; step < kSteps; ++step)
    canvas.rectangle({left + kWidth * step / kSteps, y - 10, kWidth / kSteps, 11},
                     color_of(static_cast<double>(step) / (kSteps - 1)));
  canvas.text({left + kWidth + 8, y}, "high; gray: no number", after);
}

/// The strongest columns' swarms, one below the other, on one axis.
class Swarms {
 public:
  explicit Swarms(const AttributionSummary& summary)
      : columns_(strongest(summary)), x_title_(fmt::format("attribution ({})", summary.unit)) {
    if (columns_.size() > kMostSwarms) columns_.resize(kMostSwarms);
    double label_width = 0;
    for (const auto* column : columns_) {
      labels_.push_back(fitted(column->column, 230, kLabel));
      label_width = std::max(label_width, text_width(labels_.back(), kLabel));
    }
    box_ = {32 + label_width, kHeadHeight + 30, kPictureWidth - label_width - 72,
            kSwarmHeight * static_cast<double>(columns_.size())};
  }

  size_t row_count() const {
    size_t rows = 0;
    for (const auto* column : columns_) rows = std::max(rows, column->attributions.size());
    return rows;
  }

  Size size() const { return {kPictureWidth, box_.bottom() + 56}; }

  void draw(Canvas& canvas) const {
    const Axis axis = make_axis();
    draw_color_key(canvas, box_.right(), kHeadHeight + 16);
    draw_grid(canvas, axis);
    for (size_t i = 0; i < columns_.size(); ++i) {
      const double middle = box_.top + kSwarmHeight * (static_cast<double>(i) + 0.5);
      canvas.text({box_.left - 10, middle + 4.5}, labels_[i], kLabel);
      draw_swarm(canvas, *columns_[i], axis, middle);
    }
  }

 private:
  Axis make_axis() const {
    double low = 0, high = 0;
    for (const auto* column : columns_)
      for (const double attribution : column->attributions)
        if (std::isfinite(attribution)) low = std::min(low, attribution), high = std::max(high, attribution);
    return {low, high, box_.left + 8, box_.right() - 8};
  }

  void draw_grid(Canvas& canvas, const Axis& axis) const {
    for (const double tick : axis.ticks()) {
      const double x = axis.pixel(tick);
      canvas.line({x, box_.top}, {x, box_.bottom()}, {kGrid, 1, false});
      canvas.text({x, box_.bottom() + 18}, short_number(tick), kTick);
    }
    canvas.line({axis.pixel(0), box_.top}, {axis.pixel(0), box_.bottom()}, {kFaintInk, 1, false});
    canvas.text({box_.left + box_.width / 2, box_.bottom() + 42}, fitted(x_title_, box_.width, kAxisTitle), kAxisTitle);
  }

  std::vector<const ColumnAttributions*> columns_;
  std::vector<std::string> labels_;
  std::string x_title_;
  Box box_;
};

}  // namespace

Picture draw_shap_summary(const AttributionSummary& summary) {
  const auto columns = strongest(summary);
  BarChart chart;
  chart.title = "What moves the predictions";
  chart.subtitle =
      "how much each column adds to or takes from a prediction (SHAP values), on average over training rows";
  chart.x_title = fmt::format("mean |attribution| ({})", summary.unit);
  double rest = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    const ColumnAttributions& column = *columns[i];
    if (i < kMostBars)
      chart.bars.push_back({column.column, column.mean_size, short_number(column.mean_size), kBlue});
    else
      rest += column.mean_size;
  }
  if (columns.size() > kMostBars)
    chart.note = fmt::format("{} weaker columns are left out; together they come to {}.", columns.size() - kMostBars,
                             short_number(rest));
  return draw(chart);
}

Picture draw_shap_beeswarm(const AttributionSummary& summary) {
  const std::string title = "What moves the predictions, row by row";
  const Swarms swarms(summary);
  if (swarms.row_count() == 0) return draw_nothing(title, "There are no attributions.");
  return paint(swarms.size(), title, [&](Canvas& canvas) {
    draw_head(
        canvas, kPictureWidth, title,
        fmt::format("each dot is one of {} held-out rows: how much a column adds to its prediction or takes from it",
                    swarms.row_count()));
    swarms.draw(canvas);
  });
}

}  // namespace veleta
