#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "axis.hpp"

namespace veleta {

namespace {

constexpr double kWidth = 640, kSmallText = 12;

std::string open_svg(double height, const std::string& title) {
  return fmt::format(R"(<svg class="windows" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img">)"
                     "<title>{2}</title>",
                     pixels_text(kWidth), pixels_text(height), xml_escaped(fitted(title, kWidth, {})));
}

std::string text_at(Point at, const char* anchor, const char* css_class, const std::string& text) {
  return fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" class=\"{}\">{}</text>", pixels_text(at.x),
                     pixels_text(at.y), anchor, css_class, xml_escaped(text));
}

std::string line(Point from, Point to, const char* css_class) {
  return fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>", pixels_text(from.x),
                     pixels_text(from.y), pixels_text(to.x), pixels_text(to.y), css_class);
}

std::string rectangle(const Box& box, const char* css_class) {
  return fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\"/>", pixels_text(box.left),
                     pixels_text(box.top), pixels_text(std::max(box.width, 0.0)), pixels_text(box.height), css_class);
}

std::string percent(double share) {
  if (share > 0 && share < 0.001) return "<0.1 %";
  return share < 0.1 ? fmt::format("{:.2g} %", share * 100) : fmt::format("{:.0f} %", share * 100);
}

/// Bins, what lies beyond them, a box of quantiles for each window, and lines from a quantile to where it moved.
class HistogramDrawing {
 public:
  explicit HistogramDrawing(const WindowHistograms& given)
      : given_(given), axis_(given.edges.front(), given.edges.back(), kLeft, kRight) {
    highest_ = 1e-12;
    for (const auto* shares : {&given.reference, &given.current})
      for (const double share : *shares) highest_ = std::max(highest_, share);
  }

  std::string svg() const {
    std::string svg = open_svg(kHeight, given_.title);
    svg += ticks();
    svg += outline(given_.reference, "reference") + outline(given_.current, "current");
    svg += line({kLeft, kBase}, {kRight, kBase}, "axis");
    svg += beyond(kLeft - 6, "end", "below", given_.reference_below, given_.current_below);
    svg += beyond(kRight + 6, "start", "above", given_.reference_above, given_.current_above);
    if (has_box()) svg += box(kReferenceBox, true) + box(kCurrentBox, false) + moves();
    return svg + "</svg>";
  }

 private:
  static constexpr double kLeft = 76, kRight = 564, kTop = 12, kBase = 160, kHeight = 252;
  static constexpr double kReferenceBox = 196, kCurrentBox = 224, kBoxHeight = 12;

  double height_of(double share) const { return (kBase - kTop) * share / highest_; }
  double x_of(double value) const { return std::clamp(axis_.pixel(value), kLeft, kRight); }

  std::string outline(const std::vector<double>& shares, const char* css_class) const {
    std::string path = fmt::format("M{} {}", pixels_text(kLeft), pixels_text(kBase));
    for (size_t bin = 0; bin < shares.size(); ++bin) {
      const std::string y = pixels_text(kBase - height_of(shares[bin]));
      path += fmt::format("L{} {}L{} {}", pixels_text(axis_.pixel(given_.edges[bin])), y,
                          pixels_text(axis_.pixel(given_.edges[bin + 1])), y);
    }
    path += fmt::format("L{} {}Z", pixels_text(kRight), pixels_text(kBase));
    return fmt::format("<path d=\"{}\" class=\"{}\"/>", path, css_class);
  }

  std::string ticks() const {
    std::string drawn;
    double last_end = -1;
    for (const double tick : axis_.ticks()) {
      const double x = axis_.pixel(tick);
      const std::string text = given_.value_text(tick);
      const double half = text_width(text, {kSmallText, Anchor::kMiddle, kInk, false, false}) / 2;
      if (x - half < last_end + 8) continue;
      last_end = x + half;
      drawn += line({x, kTop}, {x, kBase}, "grid") + text_at({x, kBase + 16}, "middle", "faint", text);
    }
    return drawn;
  }

  /// What a window has beyond the drawn range.
  static std::string beyond(double x, const char* anchor, const char* side, double reference, double current) {
    if (reference <= 0 && current <= 0) return "";
    return text_at({x, kBase - 40}, anchor, "faint", side) +
           text_at({x, kBase - 24}, anchor, "of-reference", percent(reference)) +
           text_at({x, kBase - 8}, anchor, "of-current", percent(current));
  }

  const WindowHistograms::Quantile* quantile(double share) const {
    const auto found =
        std::ranges::find_if(given_.quantiles, [&](const auto& each) { return std::abs(each.share - share) < 1e-9; });
    return found == given_.quantiles.end() ? nullptr : &*found;
  }

  bool has_box() const {
    return std::ranges::all_of(std::initializer_list<double>{0.05, 0.25, 0.5, 0.75, 0.95},
                               [this](double share) { return quantile(share) != nullptr; });
  }

  std::string box(double top, bool of_reference) const {
    const char* css_class = of_reference ? "reference" : "current";
    const auto x = [&](double share) {
      return x_of(of_reference ? quantile(share)->reference : quantile(share)->current);
    };
    const double middle = top + kBoxHeight / 2;
    return line({x(0.05), middle}, {x(0.95), middle}, "whisker") +
           rectangle({x(0.25), top, std::max(x(0.75) - x(0.25), 1.0), kBoxHeight}, css_class) +
           line({x(0.5), top - 2}, {x(0.5), top + kBoxHeight + 2}, "median") +
           text_at({kLeft - 6, middle + 4}, "end", of_reference ? "of-reference" : "of-current",
                   of_reference ? "reference" : "current");
  }

  std::string moves() const {
    std::string drawn;
    for (const auto& each : given_.quantiles) {
      if (each.note.empty()) continue;
      const double from = x_of(each.reference), to = x_of(each.current);
      drawn += line({from, kReferenceBox + kBoxHeight}, {to, kCurrentBox}, "move");
      const double half = text_width(each.note, {kSmallText, Anchor::kMiddle, kInk, false, false}) / 2;
      drawn += text_at({std::clamp(to, kLeft + half, kRight - half), kCurrentBox + kBoxHeight + 14}, "middle", "moved",
                       each.note);
    }
    return drawn;
  }

  const WindowHistograms& given_;
  Axis axis_;
  double highest_;
};

}  // namespace

std::string comparison_style() {
  return R"(svg.windows{--was:#2272b4;--now:#c8423a;--axis:#5f6b77;--grid:#e4e8ec;--words:#1f2933;max-width:100%;height:auto;
font:12px system-ui,"DejaVu Sans",sans-serif}
.windows text{fill:var(--words)}.windows .faint{fill:var(--axis)}
.windows .of-reference{fill:var(--was)}.windows .of-current,.windows .moved{fill:var(--now)}
.windows .reference{fill:var(--was);fill-opacity:.35;stroke:none}
.windows .current{fill:var(--now);fill-opacity:.12;stroke:var(--now);stroke-width:1.6}
.windows .axis,.windows .whisker{stroke:var(--axis)}.windows .grid{stroke:var(--grid)}
.windows .median{stroke:var(--words);stroke-width:2}
.windows .move{stroke:var(--now);stroke-width:1.5;stroke-dasharray:3 2}.windows .marked{font-weight:600}
@media(prefers-color-scheme:dark){svg.windows{--was:#63a9e8;--now:#ff8a7a;--axis:#9aa7b4;--grid:#2b323a;--words:#e8ecf0}.windows .reference{fill-opacity:.55}}
)";
}

std::string draw_histograms(const WindowHistograms& histograms) {
  const size_t bins = histograms.reference.size();
  const bool is_sound = bins > 0 && histograms.current.size() == bins && histograms.edges.size() == bins + 1 &&
                        std::ranges::all_of(histograms.edges, [](double edge) { return std::isfinite(edge); });
  return is_sound ? HistogramDrawing(histograms).svg() : "";
}

std::string draw_shares(const WindowShares& shares) {
  if (shares.categories.empty()) return "";
  constexpr double kRow = 34, kBar = 11, kMostLabel = 190, kBarsLeft = 206, kTextRoom = 150, kNote = 22;
  const TextStyle style{kSmallText, Anchor::kEnd, kInk, false, false};
  double highest = 1e-12;
  for (const auto& each : shares.categories) highest = std::max({highest, each.reference, each.current});
  const double scale = (kWidth - kBarsLeft - kTextRoom) / highest;
  std::string svg = open_svg(
      kRow * static_cast<double>(shares.categories.size()) + 8 + (shares.note.empty() ? 0 : kNote), shares.title);
  double top = 4;
  for (const auto& each : shares.categories) {
    const double middle = top + kRow / 2 - 2;
    svg += text_at({kBarsLeft - 8, middle + 4}, "end", each.is_marked ? "marked" : "label",
                   fitted(each.label, kMostLabel, style));
    svg += rectangle({kBarsLeft, middle - kBar - 0.5, each.reference * scale, kBar}, "reference");
    svg += rectangle({kBarsLeft, middle + 0.5, each.current * scale, kBar}, "current");
    svg += text_at({kBarsLeft + std::max(each.reference, each.current) * scale + 8, middle + 4}, "start",
                   each.is_marked ? "moved" : "faint", each.text);
    top += kRow;
  }
  svg += line({kBarsLeft, 2}, {kBarsLeft, top}, "axis");
  if (!shares.note.empty()) svg += text_at({kBarsLeft, top + 16}, "start", "faint", shares.note);
  return svg + "</svg>";
}

}  // namespace veleta
