#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "axis.hpp"

namespace veleta {

namespace {

constexpr double kWidth = 860, kMargin = 24, kHead = 104, kBarHeight = 22, kRowHeight = 34, kMostLabel = 290;
constexpr double kTip = 7;  // of a bar's arrow
/// What stands beside the outermost bars.
constexpr double kTextRoom = 96;
constexpr double kSmallText = 12;
const TextStyle kLabel{13, Anchor::kEnd, kInk, false, false};
const TextStyle kTitle{17, Anchor::kStart, kInk, true, false};
const TextStyle kSubtitle{13, Anchor::kStart, kFaintInk, false, false};

constexpr const char* kStyle = R"(<style>
svg{color-scheme:light dark;--ground:#ffffff;--ink:#1f2933;--faint:#5f6b77;--grid:#e4e8ec;--up:#c2342b;--down:#1f6fb2}
@media (prefers-color-scheme:dark){svg{--ground:#15191e;--ink:#e8ecf0;--faint:#9aa7b4;--grid:#2b323a;--up:#ff7b6f;--down:#63b3f5}}
text{fill:var(--ink)}.faint{fill:var(--faint)}.ground{fill:var(--ground)}.up{fill:var(--up)}.down{fill:var(--down)}
.grid{stroke:var(--grid)}.link{stroke:var(--faint)}.mark{stroke:var(--faint);stroke-dasharray:4 3}.folded{fill-opacity:.55}
</style>
)";

std::string text_at(Point at, const char* anchor, double size, const char* css_class, const std::string& text) {
  return fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{}\"{}>{}</text>\n", pixels_text(at.x),
                     pixels_text(at.y), pixels_text(size), anchor, css_class, xml_escaped(text));
}

std::string line(Point from, Point to, const char* css_class) {
  return fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>\n", pixels_text(from.x),
                     pixels_text(from.y), pixels_text(to.x), pixels_text(to.y), css_class);
}

class WaterfallDrawing {
 public:
  explicit WaterfallDrawing(const Waterfall& waterfall)
      : waterfall_(waterfall), left_(label_width() + kMargin + 14), axis_(make_axis()) {
    bottom_ = kHead + kRowHeight * static_cast<double>(waterfall.bars.size()) + 6;
    height_ = bottom_ + 78;
  }

  std::string svg() const {
    std::string svg = fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" )"
        R"(font-family="'{2}', Verdana, sans-serif">)"
        "\n<title>{3}</title>\n<desc>{4}; {5}</desc>\n",
        pixels_text(kWidth), pixels_text(height_), kFont, xml_escaped(waterfall_.title),
        xml_escaped(waterfall_.base_text), xml_escaped(waterfall_.prediction_text));
    svg += kStyle;
    svg +=
        fmt::format("<rect width=\"{}\" height=\"{}\" class=\"ground\"/>\n", pixels_text(kWidth), pixels_text(height_));
    svg += head() + grid();
    for (size_t i = 0; i < waterfall_.bars.size(); ++i) svg += bar(i);
    return svg + marks() + "</svg>\n";
  }

 private:
  double label_width() const {
    double width = 60;
    for (const WaterfallBar& bar : waterfall_.bars)
      width = std::max(width, text_width(fitted(bar.label, kMostLabel, kLabel), kLabel));
    return width;
  }

  Axis make_axis() const {
    double low = std::min(waterfall_.base_value, waterfall_.prediction);
    double high = std::max(waterfall_.base_value, waterfall_.prediction);
    for (const WaterfallBar& bar : waterfall_.bars) {
      low = std::min({low, bar.from, bar.to});
      high = std::max({high, bar.from, bar.to});
    }
    return {low, high, left_ + kTextRoom, kWidth - kMargin - kTextRoom};
  }

  std::string head() const {
    const double room = kWidth - 2 * kMargin;
    return fmt::format("<g font-weight=\"bold\">{}</g>\n",
                       text_at({kMargin, 34}, "start", kTitle.size, "", fitted(waterfall_.title, room, kTitle))) +
           text_at({kMargin, 55}, "start", kSubtitle.size, " class=\"faint\"",
                   fitted(waterfall_.subtitle, room, kSubtitle));
  }

  std::string grid() const {
    std::string svg;
    for (const double tick : axis_.ticks()) {
      const double x = axis_.pixel(tick);
      svg += line({x, kHead}, {x, bottom_}, "grid");
      svg += text_at({x, bottom_ + 18}, "middle", kSmallText, " class=\"faint\"", short_number(tick));
    }
    const double middle = (left_ + kWidth - kMargin) / 2;
    return svg + text_at({middle, height_ - 14}, "middle", kLabel.size, "", fitted(waterfall_.x_title, 500, kLabel));
  }

  /// An arrow from where the bar begins to where it ends, its label and its number.
  std::string bar(size_t place) const {
    const WaterfallBar& bar = waterfall_.bars[place];
    const bool rises = bar.to >= bar.from;
    const double top = kHead + kRowHeight * static_cast<double>(place) + (kRowHeight - kBarHeight) / 2;
    const double from = axis_.pixel(bar.from), to = axis_.pixel(bar.to), middle = top + kBarHeight / 2;
    const double tip = std::min(kTip, std::abs(to - from)), neck = rises ? to - tip : to + tip;
    std::string svg = text_at({left_ - 12, middle + 4.5}, "end", kLabel.size, bar.is_folded ? " class=\"faint\"" : "",
                              fitted(bar.label, kMostLabel, kLabel));
    svg += fmt::format("<path d=\"M{0} {1}H{2}L{3} {4}L{2} {5}H{0}Z\" class=\"{6}{7}\"/>\n", pixels_text(from),
                       pixels_text(top), pixels_text(neck), pixels_text(to), pixels_text(middle),
                       pixels_text(top + kBarHeight), rises ? "up" : "down", bar.is_folded ? " folded" : "");
    svg += text_at({rises ? std::max(from, to) + 6 : std::min(from, to) - 6, middle + 4.5}, rises ? "start" : "end",
                   kSmallText, rises ? " class=\"up\"" : " class=\"down\"", bar.text);
    if (place > 0) svg += line({to, top - (kRowHeight - kBarHeight)}, {to, top}, "link");
    return svg;
  }

  /// Where the bars begin and end.
  std::string marks() const {
    const double base = axis_.pixel(waterfall_.base_value), end = axis_.pixel(waterfall_.prediction);
    return line({base, bottom_ - 12}, {base, bottom_ + 5}, "mark") +
           text_at({clear_of_edges(base, waterfall_.base_text), bottom_ + 38}, "middle", kSmallText, "",
                   waterfall_.base_text) +
           line({end, kHead - 14}, {end, kHead + 6}, "mark") +
           text_at({clear_of_edges(end, waterfall_.prediction_text), kHead - 20}, "middle", kSmallText, "",
                   waterfall_.prediction_text);
  }

  double clear_of_edges(double middle, const std::string& text) const {
    const double half = text_width(text, {kSmallText, Anchor::kMiddle, kInk, false, false}) / 2;
    return std::clamp(middle, std::min(kMargin + half, kWidth / 2), std::max(kWidth - kMargin - half, kWidth / 2));
  }

  const Waterfall& waterfall_;
  const double left_;
  const Axis axis_;
  double bottom_ = 0, height_ = 0;
};

}  // namespace

std::string draw_waterfall(const Waterfall& waterfall) { return WaterfallDrawing(waterfall).svg(); }

}  // namespace veleta
