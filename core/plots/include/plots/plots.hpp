#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace veleta {

/// One drawing in two forms, on white: SVG, whose words stay text, and PNG of twice as many pixels each way.
struct Picture {
  std::string svg;
  std::string png;
};

// Every drawing is of what it is given alone: the same values give the same bytes of SVG. What cannot be drawn is left
// out: numbers that are not finite, all but the greatest where there are too many, the end of a long name. Where
// nothing is left the picture says so. Throws kInternal where cairo fails. All functions are thread-safe.

struct SegmentError {
  std::string label;
  double error = 0;
  double rows = 0;
};

/// How wrong a model is in parts of the held-out rows.
struct SegmentErrors {
  std::string metric;  ///< "mae"
  std::string unit;    ///< of the error; empty: none
  std::string column;  ///< that the segments are the values of
  std::vector<SegmentError> segments;
  double overall = 0;  ///< the error over all rows
};
Picture draw_segment_errors(const SegmentErrors& errors);

/// Held-out rows of a regression.
struct PredictedActual {
  std::string target;
  std::vector<double> actual;
  std::vector<double> predicted;  ///< as many
  bool logarithmic = false;       ///< draw both on logarithmic axes, without what is not positive
};
Picture draw_predicted_against_actual(const PredictedActual& rows);

/// Held-out rows of a classification: how often the positive class came true where it was given a probability of so
/// much.
struct Calibration {
  std::string positive;             ///< "churned = yes"
  std::vector<double> actual;       ///< 0 or 1
  std::vector<double> probability;  ///< as many
};
Picture draw_calibration(const Calibration& rows);

/// What one detector found in one column.
struct DriftBar {
  std::string column;
  std::string detector;
  std::string verdict;     ///< "drifted", "stable", "underpowered", "not_judged"
  double effect = 0;       ///< NaN: not known
  double min_effect = 0;   ///< the least that matters
  double adjusted_p = -1;  ///< NaN or below 0: there is none
};
/// Effects in multiples of the least that matters, as detectors count in different units.
Picture draw_drift(const std::vector<DriftBar>& bars, double alpha);

/// How much each column moves the predictions.
struct ColumnAttributions {
  std::string column;
  double mean_size = 0;              ///< mean |attribution|
  std::vector<double> attributions;  ///< of some rows
  std::vector<double> values;        ///< of the same rows, for the color; NaN: missing, or no number
};
struct AttributionSummary {
  std::string unit;  ///< what attributions are counted in
  std::vector<ColumnAttributions> columns;
};
Picture draw_shap_summary(const AttributionSummary& summary);
Picture draw_shap_beeswarm(const AttributionSummary& summary);

/// How one prediction came about.
struct WaterfallBar {
  std::string label;  ///< "rooms = 3"
  std::string text;   ///< "+12.3"
  double from = 0, to = 0;
  bool is_folded = false;  ///< of several columns taken together
};
struct Waterfall {
  std::string title, subtitle;
  std::string x_title;  ///< what the numbers count
  double base_value = 0, prediction = 0;
  std::string base_text, prediction_text;  ///< these two, with what they are
  std::vector<WaterfallBar> bars;          ///< from the top; the last begins at the base value
};
/// An SVG that needs nothing else, of dark or of light colors as its reader prefers. What raises the prediction points
/// right and what lowers it left, so that nobody has to tell red from blue.
std::string draw_waterfall(const Waterfall& waterfall);

// Two windows over each other: SVG to stand inside a page that has comparison_style() in its own style, and takes its
// colors, light or dark, from there. Shape tells the windows apart, not color alone.

std::string comparison_style();

/// A column of numbers in both windows.
struct WindowHistograms {
  std::string title;  ///< for programs that read aloud
  std::vector<double> edges;
  std::vector<double> reference, current;  ///< the windows' shares in each bin, one fewer than edges
  double reference_below = 0, reference_above = 0, current_below = 0, current_above = 0;  ///< beyond the edges
  struct Quantile {
    double share = 0, reference = 0, current = 0;
    std::string note;  ///< beside the line from one to the other: "+0.8 sd"; empty: it is not marked
  };
  std::vector<Quantile> quantiles;  ///< ascending; of 5, 25, 50, 75 and 95 % a box is drawn for each window
  std::function<std::string(double)> value_text;
};
std::string draw_histograms(const WindowHistograms& histograms);

/// Shares of categories in both windows, a pair of bars each.
struct WindowShares {
  std::string title;
  struct Category {
    std::string label;
    double reference = 0, current = 0;
    std::string text;  ///< beside the bars: "2 % to 9 %"
    bool is_marked = false;
  };
  std::vector<Category> categories;
  std::string note;  ///< below the bars: "all others: 64 % to 92 %"
};
std::string draw_shares(const WindowShares& shares);

/// The text as XML and HTML have it.
std::string xml_escaped(std::string_view text);

}  // namespace veleta
