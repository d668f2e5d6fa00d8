#include <fmt/format.h>

#include "canvas.hpp"

namespace veleta {

namespace {

std::string hexadecimal(Color color) { return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue); }

const char* name_of(Anchor anchor) {
  return anchor == Anchor::kStart ? "start" : anchor == Anchor::kMiddle ? "middle" : "end";
}

class SvgCanvas final : public Canvas {
 public:
  SvgCanvas(Size size, const std::string& title) {
    const std::string width = pixels_text(size.width), height = pixels_text(size.height);
    svg_ = fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" font-family="'{2}', Verdana, sans-serif">)"
        "\n<title>{3}</title>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
        width, height, kFont, xml_escaped(title));
  }

  void rectangle(const Box& box, Color fill) override {
    svg_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", pixels_text(box.left),
                        pixels_text(box.top), pixels_text(box.width), pixels_text(box.height), hexadecimal(fill));
  }

  void line(Point from, Point to, const Stroke& stroke) override {
    svg_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n",
                        pixels_text(from.x), pixels_text(from.y), pixels_text(to.x), pixels_text(to.y),
                        hexadecimal(stroke.color), pixels_text(stroke.width),
                        stroke.dashed ? " stroke-dasharray=\"5 4\"" : "");
  }

  void dot(Point center, double radius, Color fill, double opacity) override {
    svg_ +=
        fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>\n", pixels_text(center.x),
                    pixels_text(center.y), pixels_text(radius), hexadecimal(fill), pixels_text(opacity));
  }

  void text(Point at, const std::string& text, const TextStyle& style) override {
    const std::string turn =
        style.upwards ? fmt::format(" transform=\"rotate(-90 {} {})\"", pixels_text(at.x), pixels_text(at.y)) : "";
    svg_ += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\"{} text-anchor=\"{}\" fill=\"{}\"{}>{}</text>\n",
                        pixels_text(at.x), pixels_text(at.y), pixels_text(style.size),
                        style.bold ? " font-weight=\"bold\"" : "", name_of(style.anchor), hexadecimal(style.color),
                        turn, xml_escaped(text));
  }

  std::string finish() && { return std::move(svg_) + "</svg>\n"; }

 private:
  std::string svg_;
};

}  // namespace

std::string xml_escaped(std::string_view text) {
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

std::string pixels_text(double pixels) {
  std::string text = fmt::format("{:.1f}", pixels);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string paint_svg(Size size, const std::string& title, const std::function<void(Canvas&)>& draw) {
  SvgCanvas canvas(size, title);
  draw(canvas);
  return std::move(canvas).finish();
}

}  // namespace veleta
