#pragma once

#include <optional>
#include <string>
#include <vector>

#include "canvas.hpp"

namespace veleta {

/// Horizontal bars, one below the other, of values from 0 on.
struct BarChart {
  struct Bar {
    std::string label;
    double value = 0;
    std::string text;  ///< at the right end of the bar's row
    Color color = kBlue;
  };
  struct Line {
    double value = 0;
    std::string text;  ///< above it
  };
  struct Key {
    Color color;
    std::string text;
  };

  std::string title;
  std::string subtitle;
  std::string x_title;
  std::vector<Bar> bars;  ///< those of finite values are drawn
  std::optional<Line> line;
  std::vector<Key> keys;
  std::string note;  ///< below the axis; empty: none
};
Picture draw(const BarChart& chart);

/// What stands above every drawing, and the words where there is nothing to draw.
inline constexpr double kPictureWidth = 860;
inline constexpr double kHeadHeight = 64;
void draw_head(Canvas& canvas, double width, const std::string& title, const std::string& subtitle);
Picture draw_nothing(const std::string& title, const std::string& why);

}  // namespace veleta
