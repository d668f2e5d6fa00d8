#include <fmt/format.h>

#include "canvas.hpp"

namespace veleta {

namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
}

/// A length to a tenth of a pixel, without zeros that say nothing.
std::string length(double pixels) {
  std::string text = fmt::format("{:.1f}", pixels);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string hexadecimal(Color color) { return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue); }

const char* name_of(Anchor anchor) {
  return anchor == Anchor::kStart ? "start" : anchor == Anchor::kMiddle ? "middle" : "end";
}

class SvgCanvas final : public Canvas {
 public:
  SvgCanvas(Size size, const std::string& title) {
    const std::string width = length(size.width), height = length(size.height);
    svg_ = fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" font-family="'{2}', Verdana, sans-serif">)"
        "\n<title>{3}</title>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
        width, height, kFont, escaped(title));
  }

  void rectangle(const Box& box, Color fill) override {
    svg_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", length(box.left),
                        length(box.top), length(box.width), length(box.height), hexadecimal(fill));
  }

  void line(Point from, Point to, const Stroke& stroke) override {
    svg_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n",
                        length(from.x), length(from.y), length(to.x), length(to.y), hexadecimal(stroke.color),
                        length(stroke.width), stroke.dashed ? " stroke-dasharray=\"5 4\"" : "");
  }

  void dot(Point center, double radius, Color fill, double opacity) override {
    svg_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>\n", length(center.x),
                        length(center.y), length(radius), hexadecimal(fill), length(opacity));
  }

  void text(Point at, const std::string& text, const TextStyle& style) override {
    const std::string turn =
        style.upwards ? fmt::format(" transform=\"rotate(-90 {} {})\"", length(at.x), length(at.y)) : "";
    svg_ += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\"{} text-anchor=\"{}\" fill=\"{}\"{}>{}</text>\n",
                        length(at.x), length(at.y), length(style.size), style.bold ? " font-weight=\"bold\"" : "",
                        name_of(style.anchor), hexadecimal(style.color), turn, escaped(text));
  }

  std::string finish() && { return std::move(svg_) + "</svg>\n"; }

 private:
  std::string svg_;
};

}  // namespace

std::string paint_svg(Size size, const std::string& title, const std::function<void(Canvas&)>& draw) {
  SvgCanvas canvas(size, title);
  draw(canvas);
  return std::move(canvas).finish();
}

}  // namespace veleta
