#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "plots/plots.hpp"

namespace veleta {

struct Color {
  uint8_t red = 0, green = 0, blue = 0;
};

inline constexpr Color kInk{31, 41, 51};
inline constexpr Color kFaintInk{95, 107, 119};
inline constexpr Color kGrid{228, 232, 236};
inline constexpr Color kBlue{34, 114, 180};
inline constexpr Color kPaleBlue{160, 196, 226};
inline constexpr Color kRed{200, 66, 58};
inline constexpr Color kGray{150, 160, 170};

struct Point {
  double x = 0, y = 0;
};

struct Box {
  double left = 0, top = 0, width = 0, height = 0;
  double right() const { return left + width; }
  double bottom() const { return top + height; }
};

struct Stroke {
  Color color = kInk;
  double width = 1;
  bool dashed = false;
};

enum class Anchor { kStart, kMiddle, kEnd };

struct TextStyle {
  double size = 13;
  Anchor anchor = Anchor::kStart;
  Color color = kInk;
  bool bold = false;
  bool upwards = false;  ///< turned to be read from below
};

/// What a picture is drawn on. Lengths are in pixels, y grows downwards, a text's place is on its base line.
class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void rectangle(const Box& box, Color fill) = 0;
  virtual void line(Point from, Point to, const Stroke& stroke) = 0;
  virtual void dot(Point center, double radius, Color fill, double opacity) = 0;
  virtual void text(Point at, const std::string& text, const TextStyle& style) = 0;
};

struct Size {
  double width = 0, height = 0;
};

/// Runs `draw` once for each form of the picture. `title` is what the SVG is called by programs that read aloud.
Picture paint(Size size, const std::string& title, const std::function<void(Canvas&)>& draw);

std::string paint_svg(Size size, const std::string& title, const std::function<void(Canvas&)>& draw);
std::string paint_png(Size size, const std::function<void(Canvas&)>& draw);

/// A length to a tenth of a pixel, without zeros that say nothing.
std::string pixels_text(double pixels);

inline constexpr const char* kFont = "DejaVu Sans";
/// How wide a text comes out.
double text_width(const std::string& text, const TextStyle& style);
/// As much of the text's beginning as fits, with an ellipsis behind it; UTF-8 without control characters, whatever
/// comes in.
std::string fitted(std::string_view text, double width, const TextStyle& style);

}  // namespace veleta
