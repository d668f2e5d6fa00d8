#include "bar_chart.hpp"

#include <algorithm>
#include <cmath>

#include "axis.hpp"

namespace veleta {

namespace {

constexpr double kMargin = 20;
constexpr double kRowHeight = 24;
constexpr double kBarHeight = 15;
constexpr double kMostLabelWidth = 250;
constexpr double kGap = 10;
const TextStyle kLabel{12.5, Anchor::kEnd, kInk, false, false};
const TextStyle kValue{12, Anchor::kStart, kFaintInk, false, false};
const TextStyle kTick{12, Anchor::kMiddle, kFaintInk, false, false};
const TextStyle kAxisTitle{13, Anchor::kMiddle, kInk, false, false};
const TextStyle kNote{12, Anchor::kStart, kFaintInk, false, false};

/// Where the parts of the chart stand.
class BarLayout {
 public:
  explicit BarLayout(const BarChart& chart) {
    double label_width = 0, text_width_ = 0, longest = chart.line ? chart.line->value : 0;
    for (const auto& bar : chart.bars) {
      labels.push_back(fitted(bar.label, kMostLabelWidth, kLabel));
      label_width = std::max(label_width, text_width(labels.back(), kLabel));
      text_width_ = std::max(text_width_, text_width(bar.text, kValue));
      longest = std::max(longest, bar.value);
    }
    const double top = kHeadHeight + (chart.keys.empty() ? 0 : 24) + (chart.line ? 18 : 0);
    bars.left = kMargin + label_width + kGap;
    bars.top = top;
    bars.width = std::max(150.0, kPictureWidth - bars.left - text_width_ - kGap - kMargin);
    bars.height = kRowHeight * static_cast<double>(chart.bars.size());
    high = longest > 0 ? longest : 1;
  }

  double row_middle(size_t row) const { return bars.top + kRowHeight * (static_cast<double>(row) + 0.5); }

  std::vector<std::string> labels;
  Box bars;
  double high = 1;
};

void draw_grid(Canvas& canvas, const BarLayout& layout, const Axis& axis, const std::string& title) {
  for (const double tick : axis.ticks()) {
    const double x = axis.pixel(tick);
    canvas.line({x, layout.bars.top}, {x, layout.bars.bottom()}, {kGrid, 1, false});
    canvas.text({x, layout.bars.bottom() + 17}, short_number(tick), kTick);
  }
  const double middle = layout.bars.left + layout.bars.width / 2;
  canvas.text({middle, layout.bars.bottom() + 39}, fitted(title, kPictureWidth - 2 * kMargin, kAxisTitle), kAxisTitle);
}

void draw_bars(Canvas& canvas, const BarChart& chart, const BarLayout& layout, const Axis& axis) {
  for (size_t row = 0; row < chart.bars.size(); ++row) {
    const auto& bar = chart.bars[row];
    const double middle = layout.row_middle(row);
    const double end = axis.pixel(std::max(bar.value, 0.0));
    canvas.text({layout.bars.left - kGap, middle + 4.5}, layout.labels[row], kLabel);
    canvas.rectangle({layout.bars.left, middle - kBarHeight / 2, end - layout.bars.left, kBarHeight}, bar.color);
    canvas.text({layout.bars.right() + kGap, middle + 4.5}, bar.text, kValue);
  }
  canvas.line({layout.bars.left, layout.bars.top}, {layout.bars.left, layout.bars.bottom()}, {kFaintInk, 1, false});
}

void draw_line(Canvas& canvas, const BarChart::Line& line, const BarLayout& layout, const Axis& axis) {
  const double x = axis.pixel(line.value);
  canvas.line({x, layout.bars.top - 4}, {x, layout.bars.bottom()}, {kInk, 1.5, true});
  TextStyle style = kValue;
  style.color = kInk;
  style.anchor = Anchor::kMiddle;
  const double half = text_width(line.text, style) / 2;
  const double middle = std::clamp(x, half + kMargin, std::max(half + kMargin, kPictureWidth - kMargin - half));
  canvas.text({middle, layout.bars.top - 9}, line.text, style);
}

void draw_keys(Canvas& canvas, const std::vector<BarChart::Key>& keys) {
  double x = kMargin;
  for (const auto& key : keys) {
    canvas.rectangle({x, kHeadHeight - 1, 12, 12}, key.color);
    canvas.text({x + 18, kHeadHeight + 9.5}, key.text, kNote);
    x += 18 + text_width(key.text, kNote) + 22;
  }
}

}  // namespace

void draw_head(Canvas& canvas, double width, const std::string& title, const std::string& subtitle) {
  const double room = width - 2 * kMargin;
  const TextStyle big{17, Anchor::kStart, kInk, true, false};
  canvas.text({kMargin, 28}, fitted(title, room, big), big);
  canvas.text({kMargin, 48}, fitted(subtitle, room, kNote), kNote);
}

Picture draw_nothing(const std::string& title, const std::string& why) {
  return paint({kPictureWidth, 130}, fitted(title, kPictureWidth, kNote), [&](Canvas& canvas) {
    draw_head(canvas, kPictureWidth, title, "");
    canvas.text({kPictureWidth / 2, 90}, why, kAxisTitle);
  });
}

Picture draw(const BarChart& given) {
  BarChart chart = given;
  std::erase_if(chart.bars, [](const auto& bar) { return !std::isfinite(bar.value); });
  if (chart.line && !std::isfinite(chart.line->value)) chart.line.reset();
  if (chart.bars.empty()) return draw_nothing(chart.title, "There is nothing to draw.");
  const BarLayout layout(chart);
  const Axis axis(0, layout.high, layout.bars.left, layout.bars.right());
  const double height = layout.bars.bottom() + 56 + (chart.note.empty() ? 0 : 22);
  return paint({kPictureWidth, height}, fitted(chart.title, kPictureWidth, kNote), [&](Canvas& canvas) {
    draw_head(canvas, kPictureWidth, chart.title, chart.subtitle);
    draw_keys(canvas, chart.keys);
    draw_grid(canvas, layout, axis, chart.x_title);
    draw_bars(canvas, chart, layout, axis);
    if (chart.line) draw_line(canvas, *chart.line, layout, axis);
    if (!chart.note.empty())
      canvas.text({kMargin, height - 14}, fitted(chart.note, kPictureWidth - 2 * kMargin, kNote), kNote);
  });
}

}  // namespace veleta
