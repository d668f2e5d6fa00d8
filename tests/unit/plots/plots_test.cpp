#include "plots/plots.hpp"

#include <gmock/gmock.h>
#include <cmath>
#include <iterator>
#include <limits>
#include <pugixml.hpp>

namespace veleta {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// An SVG, read by a parser that refuses what is no XML.
class Svg {
 public:
  explicit Svg(const std::string& text) {
    const auto result = tree_.load_buffer(text.data(), text.size());
    EXPECT_TRUE(result) << result.description() << " at byte " << result.offset;
  }

  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const auto& node : tree_.child("svg").children("text")) texts.emplace_back(node.text().get());
    return texts;
  }

  size_t count(const std::string& tag) const {
    const auto found = tree_.child("svg").children(tag.c_str());
    return static_cast<size_t>(std::distance(found.begin(), found.end()));
  }
  double size(const std::string& name) const { return tree_.child("svg").attribute(name.c_str()).as_double(); }

 private:
  pugi::xml_document tree_;
};

uint32_t big_endian(const std::string& bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return number;
}

/// Holds for every picture: both forms are whole, of one size, and without a number that is none.
void expect_sound(const Picture& picture) {
  const Svg svg(picture.svg);
  EXPECT_THAT(picture.svg, AllOf(Not(HasSubstr("nan")), Not(HasSubstr("inf\""))));
  EXPECT_THAT(picture.png, StartsWith("\x89PNG\r\n\x1a\n"));
  EXPECT_THAT(picture.png, HasSubstr("IEND"));
  EXPECT_EQ(big_endian(picture.png, 16), std::lround(2 * svg.size("width")));
  EXPECT_EQ(big_endian(picture.png, 20), std::lround(2 * svg.size("height")));
  EXPECT_LE(svg.size("height"), 1200);
}

std::vector<std::string> texts_of(const Picture& picture) {
  expect_sound(picture);
  return Svg(picture.svg).texts();
}

SegmentErrors segment_errors() {
  return {"mae", "price", "state", {{"Texas", 100, 2000}, {"Ohio", 250.4, 31}, {"R&D <\"x\">", 50, 7}}, 120};
}

DriftBar drift_bar(const std::string& column, double effect, double min_effect) {
  return {column, "ks", effect >= min_effect ? "drifted" : "stable", effect, min_effect, 0.012};
}

AttributionSummary attributions(size_t columns) {
  AttributionSummary summary{"price", {}};
  for (size_t i = 0; i < columns; ++i) {
    const double size = 1000.0 / static_cast<double>(i + 1);
    summary.columns.push_back({"column " + std::to_string(i), size, {-size, 0, 0, size}, {1, 2, kNaN, 3}});
  }
  return summary;
}

PredictedActual predictions() { return {"price", {100, 200, 300}, {110, 190, 310}, false}; }

TEST(Plots, NameWhatTheyShow) {
  EXPECT_THAT(texts_of(draw_segment_errors(segment_errors())),
              IsSupersetOf({"Error by state", "mae (price)", "Texas", "Ohio", "R&D <\"x\">", "250 · 31 rows",
                            "100 · 2,000 rows", "all rows 120"}));
  EXPECT_THAT(texts_of(draw_predicted_against_actual(predictions())),
              IsSupersetOf({"Predicted against actual price", "actual price", "predicted price", "200"}));
  EXPECT_THAT(texts_of(draw_calibration({"churned = yes", {0, 1, 1}, {0.1, 0.9, 0.95}})),
              IsSupersetOf({"mean predicted probability", "share that came true", "2"}));
  EXPECT_THAT(
      texts_of(draw_drift({drift_bar("price", 0.83, 0.1), drift_bar("bed", 0.01, 0.1)}, 0.05)),
      IsSupersetOf({"price · ks", "bed · ks", "0.83 of 0.1, p = 0.012", "least that matters", "drifted", "stable"}));
  EXPECT_THAT(texts_of(draw_shap_summary(attributions(3))),
              IsSupersetOf({"mean |attribution| (price)", "column 0", "1000", "500", "333"}));
  EXPECT_THAT(texts_of(draw_shap_beeswarm(attributions(3))),
              IsSupersetOf({"attribution (price)", "column 2", "high; gray: no number"}));
}

TEST(Plots, DrawOneMarkPerValue) {
  EXPECT_EQ(Svg(draw_predicted_against_actual(predictions()).svg).count("circle"), 3u);
  EXPECT_EQ(Svg(draw_shap_beeswarm(attributions(3)).svg).count("circle"), 12u);
  EXPECT_EQ(Svg(draw_calibration({"y", {0, 1, 1}, {0.1, 0.9, 0.95}}).svg).count("circle"), 2u);
}

TEST(Plots, AreTheSameForTheSameValues) {
  EXPECT_EQ(draw_segment_errors(segment_errors()).svg, draw_segment_errors(segment_errors()).svg);
  EXPECT_EQ(draw_shap_beeswarm(attributions(9)).svg, draw_shap_beeswarm(attributions(9)).svg);
  EXPECT_EQ(draw_shap_beeswarm(attributions(9)).png, draw_shap_beeswarm(attributions(9)).png);
}

TEST(Plots, SaySoWhereThereIsNothing) {
  for (const Picture& picture :
       {draw_segment_errors({"mae", "", "state", {}, kNaN}), draw_predicted_against_actual({"price", {}, {}, true}),
        draw_predicted_against_actual({"price", {0, -1, kNaN}, {1, 1, 1}, true}), draw_calibration({"y", {}, {}}),
        draw_calibration({"y", {kNaN, 1}, {0.5, 7}}), draw_drift({}, 0.05), draw_drift({drift_bar("x", kNaN, 1)}, 0.05),
        draw_shap_summary({"y", {}}), draw_shap_beeswarm({"y", {}}),
        draw_shap_beeswarm({"y", {{"x", kNaN, {1, 2}, {}}}})}) {
    expect_sound(picture);
    EXPECT_THAT(texts_of(picture), Contains(AnyOf(HasSubstr("nothing"), HasSubstr("No "), HasSubstr("no "))));
    EXPECT_EQ(Svg(picture.svg).count("circle"), 0u);
  }
}

TEST(Plots, DrawOneValue) {
  EXPECT_EQ(Svg(draw_predicted_against_actual({"price", {5}, {5}, true}).svg).count("circle"), 1u);
  expect_sound(draw_predicted_against_actual({"price", {5}, {5}, false}));
  expect_sound(draw_segment_errors({"mae", "", "state", {{"Texas", 0, 1}}, 0}));
  expect_sound(draw_drift({drift_bar("x", 0, 0)}, 0.05));
  expect_sound(draw_shap_beeswarm({"y", {{"x", 0, {0}, {0}}}}));
}

TEST(Plots, DrawValuesThatAreAllEqual) {
  const std::vector<double> same(500, -3.25);
  EXPECT_EQ(Svg(draw_predicted_against_actual({"price", same, same, false}).svg).count("circle"), 500u);
  expect_sound(draw_shap_beeswarm({"y", {{"x", 3.25, same, same}}}));
}

TEST(Plots, LeaveOutWhatIsNoNumber) {
  const PredictedActual odd{"price", {1, kNaN, 3, kInfinity, 5}, {1, 2, kNaN, 4, -kInfinity}, false};
  EXPECT_EQ(Svg(draw_predicted_against_actual(odd).svg).count("circle"), 1u);
  EXPECT_THAT(texts_of(draw_segment_errors({"mae", "", "s", {{"a", kNaN, 1}, {"b", 2, 1}}, kInfinity})),
              AllOf(Not(Contains("a")), Contains("b")));
  EXPECT_THAT(texts_of(draw_drift({drift_bar("a", kInfinity, 1), drift_bar("b", 2, 1)}, 0.05)),
              AllOf(Not(Contains("a · ks")), Contains("b · ks")));
  expect_sound(draw_shap_beeswarm({"y", {{"x", 1, {kNaN, kInfinity, 1}, {kInfinity, 1, 2}}}}));
}

TEST(Plots, DrawNumbersAtTheEndsOfTheirRange) {
  constexpr double kMost = std::numeric_limits<double>::max();
  expect_sound(draw_predicted_against_actual({"price", {-kMost, kMost}, {kMost, 0}, false}));
  expect_sound(draw_predicted_against_actual({"price", {1e-300, 1e300}, {1, 1}, true}));
  expect_sound(draw_drift({drift_bar("x", kMost, 1e-300)}, 0.05));
  expect_sound(draw_segment_errors({"mae", "", "s", {{"a", kMost, kMost}}, kMost}));
  expect_sound(draw_shap_beeswarm({"y", {{"x", kMost, {-kMost, kMost}, {-kMost, kMost}}}}));
}

TEST(Plots, KeepTheGreatestOfVeryMany) {
  const AttributionSummary many = attributions(500);
  EXPECT_THAT(texts_of(draw_shap_summary(many)),
              AllOf(Contains("column 24"), Not(Contains("column 25")), Contains(HasSubstr("475 weaker columns"))));
  EXPECT_THAT(texts_of(draw_shap_beeswarm(many)), AllOf(Contains("column 14"), Not(Contains("column 15"))));
  std::vector<DriftBar> bars;
  for (int i = 0; i < 500; ++i) bars.push_back(drift_bar("column " + std::to_string(i), i * 0.001, 0.1));
  EXPECT_THAT(texts_of(draw_drift(bars, 0.05)),
              AllOf(Contains("column 499 · ks"), Not(Contains("column 469 · ks")), Contains(HasSubstr("470 smaller"))));
  SegmentErrors errors = segment_errors();
  for (int i = 0; i < 500; ++i) errors.segments.push_back({"place " + std::to_string(i), 1, 1});
  EXPECT_THAT(texts_of(draw_segment_errors(errors)), AllOf(Contains("Texas"), Contains(HasSubstr("478 segments"))));
}

TEST(Plots, CutLongNamesAndShowNoControlCharacters) {
  std::string name = "a\x01\n\xff";
  for (int i = 0; i < 5000; ++i) name += "é";
  SegmentErrors errors{name, name, name, {{name, 1, 1}}, 1};
  for (const std::string& text : texts_of(draw_segment_errors(errors))) EXPECT_LT(text.size(), 500u);
  EXPECT_THAT(texts_of(draw_segment_errors(errors)), Contains(AllOf(StartsWith("a  \xEF\xBF\xBD"), HasSubstr("é…"))));
  expect_sound(draw_drift({{name, name, name, 1, 1, 1}}, 0.05));
  expect_sound(draw_predicted_against_actual({name, {1}, {1}, false}));
  expect_sound(draw_calibration({name, {1}, {1}}));
  expect_sound(draw_shap_beeswarm({name, {{name, 1, {1}, {1}}}}));
  expect_sound(draw_shap_summary({name, {{name, 1, {1}, {1}}}}));
}

TEST(Plots, EndBarsOfFarTooMuchAtTenTimes) {
  EXPECT_THAT(texts_of(draw_drift({drift_bar("price", 50, 0.1), drift_bar("bed", 0.2, 0.1)}, 0.05)),
              AllOf(Contains(HasSubstr("50 of 0.1")), Contains(HasSubstr("Bars end at 10 times"))));
}

Waterfall rent() {
  return {"Why rent is 420",
          "rent version 3",
          "rent",
          400,
          420,
          "any row: 400",
          "this row: 420",
          {{"size <m2> = 62", "+50", 370, 420, false},
           {"district = A & B", "−20", 390, 370, false},
           {"3 other columns", "−10", 400, 390, true}}};
}

TEST(WaterfallPlot, DrawsEachBarFromWhereTheOneBelowEnds) {
  const std::string text = draw_waterfall(rent());
  const Svg svg(text);
  EXPECT_THAT(svg.texts(), IsSupersetOf({"size <m2> = 62", "district = A & B", "3 other columns", "+50", "−20",
                                         "any row: 400", "this row: 420"}));
  EXPECT_EQ(svg.count("path"), 3U);
  EXPECT_THAT(text, AllOf(HasSubstr("class=\"up\""), HasSubstr("class=\"down\""), HasSubstr("class=\"down folded\"")));
  EXPECT_THAT(text,
              AllOf(HasSubstr("prefers-color-scheme:dark"), Not(HasSubstr("http-equiv")), Not(HasSubstr("href"))));
  EXPECT_EQ(draw_waterfall(rent()), text);
}

TEST(WaterfallPlot, StaysWholeWhereNothingMoves) {
  Waterfall flat = rent();
  flat.prediction = 400;
  for (WaterfallBar& bar : flat.bars) bar.from = bar.to = 400;
  EXPECT_THAT(draw_waterfall(flat), AllOf(Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
  EXPECT_EQ(Svg(draw_waterfall(flat)).count("path"), 3U);
  flat.bars.clear();
  EXPECT_EQ(Svg(draw_waterfall(flat)).count("path"), 0U);
}

WindowHistograms histograms() {
  WindowHistograms given;
  given.title = "Values of <price>";
  given.edges = {0, 10, 20, 30};
  given.reference = {0.5, 0.3, 0.2};
  given.current = {0.1, 0.3, 0.5};
  given.current_above = 0.1;
  for (const double share : {0.05, 0.25, 0.5, 0.75, 0.95})
    given.quantiles.push_back({share, 20 * share, 30 * share, share == 0.5 ? "+0.8 sd" : ""});
  given.value_text = [](double value) { return std::to_string(static_cast<int>(value)) + " &"; };
  return given;
}

TEST(WindowHistograms, AreBothDrawnWithWhatLiesBeyondAndWhatMoved) {
  const Svg svg(draw_histograms(histograms()));
  EXPECT_EQ(svg.count("path"), 2);
  EXPECT_EQ(svg.count("rect"), 2) << "a box of quantiles a window";
  EXPECT_THAT(svg.texts(), IsSupersetOf({"10 &", "above", "10 %", "+0.8 sd", "reference", "current"}));
  EXPECT_THAT(svg.texts(), Not(Contains("below"))) << "there is nothing";
}

TEST(WindowHistograms, AreNotDrawnOfWhatIsNone) {
  EXPECT_EQ(draw_histograms({}), "");
  auto wrong = histograms();
  wrong.current.pop_back();
  EXPECT_EQ(draw_histograms(wrong), "");
  wrong = histograms();
  wrong.edges[1] = kNaN;
  EXPECT_EQ(draw_histograms(wrong), "");
  wrong = histograms();
  wrong.quantiles.clear();
  EXPECT_EQ(Svg(draw_histograms(wrong)).count("rect"), 0);
}

TEST(WindowShares, AreAPairOfBarsEachWhateverTheirNames) {
  WindowShares shares;
  shares.title = "</title><script>";
  shares.categories = {{"<b>\"'&\x01\xFF", 0.5, 0.25, "50 % to 25 %", true}, {"", 0, 0.75, "new", false}};
  shares.note = "all others: 1 %";
  const std::string drawn = draw_shares(shares);
  const Svg svg(drawn);
  EXPECT_EQ(svg.count("rect"), 4);
  EXPECT_THAT(svg.texts(), IsSupersetOf({"50 % to 25 %", "all others: 1 %"}));
  EXPECT_THAT(drawn, AllOf(Not(HasSubstr("<b>")), Not(HasSubstr("<script>"))));
  EXPECT_EQ(draw_shares({}), "");
}

}  // namespace
}  // namespace veleta
