#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "axis.hpp"
#include "bar_chart.hpp"
#include "base/text.hpp"

namespace veleta {

namespace {

constexpr size_t kMostSegments = 25;
const TextStyle kTick{12, Anchor::kMiddle, kFaintInk, false, false};
const TextStyle kAxisTitle{13, Anchor::kMiddle, kInk, false, false};

/// A square of two axes of the same values, with the line where both are equal.
class Square {
 public:
  static constexpr double kSide = 520;
  static constexpr double kWidth = 720;
  static constexpr Box kBox{110, kHeadHeight + 4, kSide, kSide};
  static constexpr Size kSize{kWidth, kHeadHeight + kSide + 70};

  Square(double low, double high, bool logarithmic)
      : x_(low, high, kBox.left, kBox.right(), logarithmic), y_(low, high, kBox.bottom(), kBox.top, logarithmic) {}

  Point at(double x, double y) const { return {x_.pixel(x), y_.pixel(y)}; }

  void draw(Canvas& canvas, const std::string& x_title, const std::string& y_title) const {
    for (const double tick : x_.ticks()) {
      const Point point = at(tick, tick);
      canvas.line({point.x, kBox.top}, {point.x, kBox.bottom()}, {kGrid, 1, false});
      canvas.line({kBox.left, point.y}, {kBox.right(), point.y}, {kGrid, 1, false});
      canvas.text({point.x, kBox.bottom() + 18}, short_number(tick), kTick);
      TextStyle style = kTick;
      style.anchor = Anchor::kEnd;
      canvas.text({kBox.left - 8, point.y + 4}, short_number(tick), style);
    }
    TextStyle upwards = kAxisTitle;
    upwards.upwards = true;
    canvas.text({kBox.left + kSide / 2, kBox.bottom() + 42}, fitted(x_title, kSide, kAxisTitle), kAxisTitle);
    canvas.text({kBox.left - 62, kBox.top + kSide / 2}, fitted(y_title, kSide, kAxisTitle), upwards);
    canvas.line({kBox.left, kBox.bottom()}, {kBox.right(), kBox.top}, {kInk, 1.2, true});
  }

 private:
  Axis x_, y_;
};

std::vector<Point> drawable(const PredictedActual& rows) {
  std::vector<Point> points;
  for (size_t row = 0; row < std::min(rows.actual.size(), rows.predicted.size()); ++row) {
    const Point point{rows.actual[row], rows.predicted[row]};
    const bool is_finite = std::isfinite(point.x) && std::isfinite(point.y);
    if (is_finite && (!rows.logarithmic || (point.x > 0 && point.y > 0))) points.push_back(point);
  }
  return points;
}

/// With some room, so that no dot lies on the edge.
Square square_around(double low, double high, bool logarithmic) {
  constexpr double kRoom = 0.03;
  if (!logarithmic) return {low - kRoom * (high / 2 - low / 2), high + kRoom * (high / 2 - low / 2), false};
  const double factor = std::exp(kRoom * (std::log(high) - std::log(low)));
  return {low / factor, high * factor, true};
}

/// Fainter the more there are, so that dense places stand out.
double opacity_for(size_t points) { return points < 300 ? 0.6 : points < 1000 ? 0.4 : 0.2; }

/// Rows of about the same probability.
struct ProbabilityBin {
  double rows = 0, positive = 0, probability = 0;
};

std::array<ProbabilityBin, 10> bins_of(const Calibration& rows) {
  std::array<ProbabilityBin, 10> bins{};
  for (size_t row = 0; row < std::min(rows.actual.size(), rows.probability.size()); ++row) {
    const double probability = rows.probability[row];
    if (!(probability >= 0 && probability <= 1) || !std::isfinite(rows.actual[row])) continue;
    ProbabilityBin& bin = bins[std::min<size_t>(static_cast<size_t>(probability * 10), 9)];
    ++bin.rows;
    bin.positive += rows.actual[row];
    bin.probability += probability;
  }
  return bins;
}

void draw_bin(Canvas& canvas, const ProbabilityBin& bin, const Square& square) {
  const Point point = square.at(bin.probability / bin.rows, bin.positive / bin.rows);
  canvas.dot(point, std::clamp(2 + std::log2(bin.rows), 3.0, 14.0), kBlue, 0.8);
  // Below the diagonal there is room on the right, above it on the left.
  const bool is_low = bin.positive < bin.probability;
  const TextStyle style{11.5, is_low ? Anchor::kStart : Anchor::kEnd, kFaintInk, false, false};
  canvas.text({point.x + (is_low ? 18 : -18), point.y + 4}, with_thousands(bin.rows), style);
}

}  // namespace

Picture draw_predicted_against_actual(const PredictedActual& rows) {
  const std::string title = fmt::format("Predicted against actual {}", rows.target);
  const std::vector<Point> points = drawable(rows);
  if (points.empty()) return draw_nothing(title, "No held-out row has both numbers.");
  double low = points[0].x, high = low;
  for (const Point& point : points) {
    low = std::min({low, point.x, point.y});
    high = std::max({high, point.x, point.y});
  }
  const Square square = square_around(low, high, rows.logarithmic);
  return paint(Square::kSize, fitted(title, kPictureWidth, kTick), [&](Canvas& canvas) {
    draw_head(canvas, Square::kWidth, title,
              fmt::format("{} held-out rows{}; on the dashed line a prediction is right",
                          with_thousands(static_cast<double>(points.size())),
                          rows.logarithmic ? ", on logarithmic axes" : ""));
    square.draw(canvas, "actual " + rows.target, "predicted " + rows.target);
    for (const Point& point : points) canvas.dot(square.at(point.x, point.y), 2.6, kBlue, opacity_for(points.size()));
  });
}

Picture draw_calibration(const Calibration& rows) {
  const std::string title = fmt::format("Predicted probability against what came true: {}", rows.positive);
  const auto bins = bins_of(rows);
  double count = 0;
  for (const ProbabilityBin& bin : bins) count += bin.rows;
  if (count == 0) return draw_nothing(title, "No held-out row has both numbers.");
  const Square square(0, 1, false);
  return paint(Square::kSize, fitted(title, kPictureWidth, kTick), [&](Canvas& canvas) {
    draw_head(canvas, Square::kWidth, title,
              fmt::format("{} held-out rows in tenths of probability, each with its count; on the dashed line "
                          "probabilities are right",
                          with_thousands(count)));
    square.draw(canvas, "mean predicted probability", "share that came true");
    for (const ProbabilityBin& bin : bins)
      if (bin.rows > 0) draw_bin(canvas, bin, square);
  });
}

Picture draw_segment_errors(const SegmentErrors& errors) {
  const std::string unit = errors.unit.empty() ? "" : fmt::format(" ({})", errors.unit);
  std::vector<SegmentError> segments = errors.segments;
  std::erase_if(segments, [](const SegmentError& segment) { return !std::isfinite(segment.error); });
  const size_t left_out = segments.size() > kMostSegments ? segments.size() - kMostSegments : 0;
  std::ranges::stable_sort(segments, [](const auto& a, const auto& b) { return a.rows > b.rows; });
  segments.resize(segments.size() - left_out);
  std::ranges::stable_sort(segments, [](const auto& a, const auto& b) { return a.error > b.error; });

  BarChart chart;
  chart.title = fmt::format("Error by {}", errors.column);
  chart.subtitle = "of the new model on held-out rows; beside each bar its error and how many rows it is of";
  chart.x_title = errors.metric + unit;
  for (const SegmentError& segment : segments)
    chart.bars.push_back({segment.label, segment.error,
                          fmt::format("{} · {} rows", short_number(segment.error), with_thousands(segment.rows)),
                          kBlue});
  chart.line = {errors.overall, fmt::format("all rows {}", short_number(errors.overall))};
  if (left_out > 0) chart.note = fmt::format("{} segments of fewer rows are left out.", left_out);
  return draw(chart);
}

}  // namespace veleta
