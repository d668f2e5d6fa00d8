#include "model/explanation_views.hpp"

#include <gmock/gmock.h>

#include "test_bundles.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

/// A model of x, c and t, whose attributions the tests make up.
class ExplanationViews : public ::testing::Test {
 protected:
  ExplanationViews() : plugins_({}) {
    add_linked_plugins(plugins_);
    BundleParts parts = mixed_parts();
    parts.explainer_params = {flag("works", true)};
    bundle_ = Bundle::open(std::move(parts), plugins_);
    table_ = {{numbers("x", {3, 4, 5}), categories("c", {"b", "", "z"}), times("t", {"2020-06-28", "", "2021-07-01"})}};
    set_ = bundle_->explain(table_);
    set_.rows = {{10, 13, {1, -3, 5}, {}, {}}, {10, 9, {2, -4, 1}, {}, {}}, {10, 10, {0, -2, 2}, {}, {}}};
  }

  ExplainedRows rows() const { return {*bundle_, set_, &table_}; }

  PluginHost plugins_;
  std::shared_ptr<const Bundle> bundle_;
  Table table_;
  ExplanationSet set_;
};

TEST_F(ExplanationViews, FollowTheBarsOfOneRowFromTheBaseToThePrediction) {
  const json::object view = waterfall_view(rows(), 0, 2);
  EXPECT_EQ(view.at("view"), "waterfall");
  EXPECT_EQ(view.at("unit"), "y");
  EXPECT_EQ(view.at("kernel"), "evenly");
  EXPECT_EQ(view.at("base_value"), 10.0);
  EXPECT_EQ(view.at("rest"), (json::object{{"columns", 1}, {"attribution", 1}, {"from", 10.0}, {"to", 11.0}}));
  const json::array& bars = view.at("bars").as_array();
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_EQ(bars[0].at("column"), "t");
  EXPECT_EQ(bars[0].at("value"), "2020-06-28");
  EXPECT_EQ(bars[0].at("from"), 8.0);
  EXPECT_EQ(bars[0].at("to"), 13.0) << "the strongest ends at the prediction";
  EXPECT_EQ(bars[1], json::parse(R"({"column": "c", "value": "b", "attribution": -3, "from": 11.0, "to": 8.0,
      "encoded": {"c = a": 0, "c = b": 1, "c missing": 0}})"));
}

TEST_F(ExplanationViews, TellStandardErrorsWhereThereAreSome) {
  set_.rows[0].standard_errors = {0.1, 0.2, 0.3};
  EXPECT_EQ(waterfall_view(rows(), 0, 1).at("bars").at(0).at("standard_error"), 0.3);
  EXPECT_FALSE(waterfall_view(rows(), 1, 1).at("bars").at(0).as_object().contains("standard_error"));
}

TEST_F(ExplanationViews, RankColumnsByTheirMeanSize) {
  const json::object view = bar_view(rows(), 1);
  EXPECT_EQ(view.at("rows"), 3);
  EXPECT_EQ(view.at("bars"), (json::array{{{"column", "c"}, {"mean_abs", 3.0}}}));
  EXPECT_EQ(view.at("rest").at("columns"), 2);
  EXPECT_DOUBLE_EQ(view.at("rest").at("mean_abs").as_double(), 1 + 8 / 3.0);
}

TEST_F(ExplanationViews, ScaleTheCellsOfABeeswarm) {
  const json::object view = beeswarm_view(rows());
  const json::array& columns = view.at("columns").as_array();
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[0].at("column"), "c");
  EXPECT_EQ(columns[0].at("attributions"), (json::array{-3.0, -4.0, -2.0}));
  EXPECT_EQ(columns[0].at("scaled"), (json::array{0.5, nullptr, nullptr})) << "missing, and a level never seen";
  EXPECT_EQ(columns[2].at("scaled"), (json::array{0.0, 0.5, 1.0}));
  EXPECT_FALSE(view.contains("rest"));
}

TEST_F(ExplanationViews, ShowRowsSpreadEvenly) {
  const json::object view = beeswarm_view(rows(), 1, 2);
  EXPECT_EQ(view.at("of_rows"), 3);
  EXPECT_EQ(view.at("rows"), (json::array{0, 1}));
  EXPECT_EQ(view.at("columns").at(0).at("mean_abs"), 3.0) << "over all rows";
  EXPECT_EQ(view.at("columns").at(0).at("attributions").as_array().size(), 2U);
}

TEST_F(ExplanationViews, ColorDependenceByTheStrongestInteraction) {
  const std::vector<double> interactions{9, 1, 2, 1, 9, 3, 2, 3, 9};
  const json::object view = dependence_view({*bundle_, set_, &table_, &interactions}, "x");
  EXPECT_EQ(view.at("values"), (json::array{3.0, 4.0, 5.0}));
  EXPECT_EQ(view.at("attributions"), (json::array{1.0, 2.0, 0.0}));
  EXPECT_EQ(view.at("color").at("column"), "t");
  EXPECT_EQ(view.at("color").at("by"), "interactions");
  EXPECT_EQ(view.at("color").at("values"), (json::array{"2020-06-28", nullptr, "2021-07-01"}));
}

TEST_F(ExplanationViews, ColorDependenceByResidualsWhereInteractionsAreUnknown) {
  std::vector<double> x;
  std::vector<std::string> labels;
  for (int row = 0; row < 60; ++row) x.push_back(row), labels.push_back(row * row % 7 < 3 ? "a" : "b");
  const Table table{{numbers("x", x), categories("c", labels)}};
  ExplanationSet set = bundle_->explain(table);
  for (size_t row = 0; row < 60; ++row) set.rows[row].attributions[0] = labels[row] == "a" ? -1 : 1;
  const json::object view = dependence_view({*bundle_, set, &table}, "x");
  EXPECT_EQ(view.at("color").at("column"), "c");
  EXPECT_EQ(view.at("color").at("by"), "residuals");
  for (Explanation& row : set.rows) row.attributions[0] = 1;
  EXPECT_EQ(dependence_view({*bundle_, set, &table}, "x").at("color"), nullptr);
}

TEST_F(ExplanationViews, TellCellsOfTheBackgroundAsTheModelSawThem) {
  const json::object view = dependence_view({*bundle_, bundle_->explained_background()}, "c");
  EXPECT_EQ(view.at("values").at(0), nullptr);
  EXPECT_EQ(view.at("values").at(1), "a");
  EXPECT_EQ(view.at("values").at(2), "b");
}

TEST_F(ExplanationViews, NameTheNearestColumn) {
  try {
    dependence_view(rows(), "tt");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("no input column 'tt'"));
  }
}

TEST_F(ExplanationViews, TellWholePairs) {
  const std::vector<double> matrix{9, 1, -2, 1, 9, 3, -2, 3, 9};
  EXPECT_EQ(interactions_json(matrix, {"x", "c", "t"}, 1),
            json::parse(R"({"pairs": [{"columns": ["c", "t"], "interaction": 6.0}],
                            "rest": {"pairs": 2, "interaction": -2.0}})"));
}

}  // namespace
}  // namespace veleta::testing
