#include <cairo.h>
#include <fmt/format.h>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>

#include "canvas.hpp"
#include "png_bytes.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr double kPixelsPerUnit = 2;

void check(cairo_status_t status, const char* doing) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(ErrorCode::kInternal, fmt::format("cairo could not {}: {}", doing, cairo_status_to_string(status)));
}

void set_font(cairo_t* cairo, const TextStyle& style) {
  cairo_select_font_face(cairo, kFont, CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, style.size);
}

double advance(cairo_t* cairo, const std::string& text) {
  cairo_text_extents_t extents;
  cairo_text_extents(cairo, text.c_str(), &extents);
  return extents.x_advance;
}

/// An image in memory, and a pen on it.
class Image {
 public:
  explicit Image(Size size)
      : surface_(
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::lround(size.width * kPixelsPerUnit)),
                                       static_cast<int>(std::lround(size.height * kPixelsPerUnit))),
            cairo_surface_destroy),
        pen_(cairo_create(surface_.get()), cairo_destroy) {
    check(cairo_status(pen_.get()), "begin an image");
    cairo_scale(pen_.get(), kPixelsPerUnit, kPixelsPerUnit);
    const std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> options(
        cairo_font_options_create(), cairo_font_options_destroy);
    cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(pen_.get(), options.get());
  }

  cairo_t* pen() const { return pen_.get(); }

  std::string png() const {
    check(cairo_status(pen_.get()), "draw");
    cairo_surface_flush(surface_.get());
    const auto of = [&](auto get) { return static_cast<uint32_t>(get(surface_.get())); };
    return png_bytes(cairo_image_surface_get_data(surface_.get()), of(cairo_image_surface_get_width),
                     of(cairo_image_surface_get_height), of(cairo_image_surface_get_stride));
  }

 private:
  std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface_;
  std::unique_ptr<cairo_t, decltype(&cairo_destroy)> pen_;
};

class PngCanvas final : public Canvas {
 public:
  explicit PngCanvas(Size size) : image_(size) { rectangle({0, 0, size.width, size.height}, {255, 255, 255}); }

  void rectangle(const Box& box, Color fill) override {
    set_color(fill);
    cairo_rectangle(pen(), box.left, box.top, box.width, box.height);
    cairo_fill(pen());
  }

  void line(Point from, Point to, const Stroke& stroke) override {
    static constexpr std::array kDashes{5.0, 4.0};
    set_color(stroke.color);
    cairo_set_line_width(pen(), stroke.width);
    cairo_set_dash(pen(), kDashes.data(), stroke.dashed ? kDashes.size() : 0, 0);
    cairo_move_to(pen(), from.x, from.y);
    cairo_line_to(pen(), to.x, to.y);
    cairo_stroke(pen());
  }

  void dot(Point center, double radius, Color fill, double opacity) override {
    set_color(fill, opacity);
    cairo_arc(pen(), center.x, center.y, radius, 0, 2 * std::numbers::pi);
    cairo_fill(pen());
  }

  void text(Point at, const std::string& text, const TextStyle& style) override {
    set_color(style.color);
    set_font(pen(), style);
    const double share = style.anchor == Anchor::kStart ? 0 : style.anchor == Anchor::kMiddle ? 0.5 : 1;
    cairo_save(pen());
    cairo_translate(pen(), at.x, at.y);
    if (style.upwards) cairo_rotate(pen(), -std::numbers::pi / 2);
    cairo_move_to(pen(), -share * advance(pen(), text), 0);
    cairo_show_text(pen(), text.c_str());
    cairo_restore(pen());
  }

  std::string finish() const { return image_.png(); }

 private:
  cairo_t* pen() const { return image_.pen(); }

  void set_color(Color color, double opacity = 1) {
    cairo_set_source_rgba(pen(), color.red / 255.0, color.green / 255.0, color.blue / 255.0, opacity);
  }

  Image image_;
};

}  // namespace

double text_width(const std::string& text, const TextStyle& style) {
  const Image image({1, 1});
  set_font(image.pen(), style);
  return advance(image.pen(), text);
}

std::string paint_png(Size size, const std::function<void(Canvas&)>& draw) {
  PngCanvas canvas(size);
  draw(canvas);
  return canvas.finish();
}

}  // namespace veleta
