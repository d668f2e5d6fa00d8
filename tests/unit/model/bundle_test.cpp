#include <gmock/gmock.h>

#include "test_bundles.hpp"

namespace veleta::testing {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BundleTest : public ::testing::Test {
 protected:
  BundleTest() : plugins_({}) { add_linked_plugins(plugins_); }

  std::shared_ptr<const Bundle> open(BundleParts parts) { return Bundle::open(std::move(parts), plugins_); }

  /// What open or explain says against it.
  std::string refusal(const BundleParts& parts, ErrorCode code) {
    try {
      open(parts)->explain(row(3));
      return "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
  }

  static Table row(double x) { return {{numbers("x", {x})}}; }

  PluginHost plugins_;
};

TEST_F(BundleTest, AsksTheLearnerWhereTheModelHasNoView) {
  EXPECT_THAT(open(line_parts())->predict({{numbers("x", {3, 0.5})}}), ElementsAre(6, 1));
  EXPECT_THAT(open(line_parts())->predict({}), IsEmpty());
}

TEST_F(BundleTest, ExplainsInTheTargetsUnit) {
  const ExplanationSet set = open(line_parts())->explain(row(3));
  EXPECT_EQ(set.explainer, "test_first_feature");
  EXPECT_EQ(set.space, "target");
  EXPECT_EQ(set.method, "on y");
  EXPECT_EQ(set.rows.at(0).base_value, 0);
  EXPECT_EQ(set.rows[0].prediction, 6);
  EXPECT_THAT(set.rows[0].attributions, ElementsAre(6));
  EXPECT_FALSE(set.rows[0].probability);
}

TEST_F(BundleTest, TellsAttributionsOfALogarithmInMoney) {
  BundleParts parts = line_parts();
  parts.target.transform = TargetTransform::kLog;
  const auto bundle = open(parts);
  for (const double x : {3.0, 1e-9, 0.0, -2.0}) {
    const ExplanationSet set = bundle->explain(row(x));
    EXPECT_EQ(set.method, "on log(1 + y), rescaled to y");
    EXPECT_EQ(set.rows.at(0).base_value, 0);  // exp(0) - 1
    EXPECT_DOUBLE_EQ(set.rows[0].prediction, std::expm1(2 * double{static_cast<float>(x)}));
    EXPECT_THAT(set.rows[0].attributions, ElementsAre(DoubleEq(set.rows[0].prediction)));
  }
  EXPECT_DOUBLE_EQ(bundle->predict(row(3)).at(0), std::expm1(6));
}

TEST_F(BundleTest, StaysFiniteFarOutside) {
  BundleParts parts = line_parts();
  parts.target.transform = TargetTransform::kLog;
  const auto bundle = open(parts);
  const Explanation far = bundle->explain(row(1e6)).rows.at(0);
  EXPECT_TRUE(std::isfinite(far.prediction));
  EXPECT_NEAR(far.attributions[0] / far.prediction, 1, 1e-12);
}

TEST_F(BundleTest, TellsProbabilitiesOfAModelThatAddsThemUp) {
  BundleParts parts = line_parts();
  parts.learner_bytes = "0.25";
  parts.golden_predictions = {0.25, 0.5, 0.75, 1};
  parts.target = {"y", Task::kBinary, TargetTransform::kNone, "yes", "no"};
  const ExplanationSet set = open(parts)->explain(row(3));
  EXPECT_EQ(set.space, "probability");
  EXPECT_EQ(set.method, "on the probability of yes");
  EXPECT_EQ(set.rows.at(0).probability, 0.75);
}

TEST_F(BundleTest, MeasuresWhatColumnsWeigh) {
  EXPECT_THAT(open(line_parts())->measure_importance(), ElementsAre(std::pair("x", 5.0)));  // mean of 2, 4, 6, 8
}

TEST_F(BundleTest, ServesWithoutAnExplainer) {
  BundleParts parts = line_parts();
  parts.explainer_params = {flag("works", false)};
  EXPECT_FALSE(open(parts)->can_explain());
  EXPECT_THAT(open(parts)->predict(row(3)), ElementsAre(6));
  EXPECT_THAT(open(parts)->measure_importance(), IsEmpty());
  EXPECT_THAT(refusal(parts, ErrorCode::kUnsupported), HasSubstr("test_line"));
  parts.explainer = "not_installed";
  EXPECT_FALSE(open(parts)->can_explain());
}

TEST_F(BundleTest, RefusesAttributionsThatDoNotAddUp) {
  BundleParts parts = line_parts();
  parts.explainer_params.push_back(number("factor", 1.01));
  EXPECT_THAT(refusal(parts, ErrorCode::kPlugin), HasSubstr("test_first_feature"));
}

TEST_F(BundleTest, SpreadsWhatRoundingLeftOver) {
  BundleParts parts = line_parts();
  parts.explainer_params.push_back(number("factor", 1 + 1e-6));
  EXPECT_DOUBLE_EQ(open(parts)->explain(row(3)).rows.at(0).attributions.at(0), 6);
}

TEST_F(BundleTest, RefusesGoldenRowsThatPredictOtherwise) {
  BundleParts parts = line_parts();
  parts.golden_predictions[2] *= 1 + 1e-5;
  EXPECT_THAT(refusal(parts, ErrorCode::kBadData), HasSubstr("golden row 2"));
  parts.golden_predictions[2] = kNaN;
  EXPECT_THAT(refusal(parts, ErrorCode::kBadData), HasSubstr("golden row 2"));
}

TEST_F(BundleTest, RefusesAViewThatPredictsOtherwise) {
  BundleParts parts = line_parts();
  parts.learner_params = {flag("false_view", true)};
  EXPECT_THAT(refusal(parts, ErrorCode::kBadData), HasSubstr("its view as a linear model"));
}

TEST_F(BundleTest, RefusesAViewOfSeveralOutputs) {
  BundleParts parts = line_parts();
  parts.learner_params = {flag("two_outputs", true)};
  EXPECT_THAT(refusal(parts, ErrorCode::kUnsupported), HasSubstr("'test_line' has 2 outputs"));
}

TEST_F(BundleTest, RefusesPartsThatDoNotFitEachOther) {
  BundleParts parts = line_parts();
  parts.golden_predictions.pop_back();
  EXPECT_THAT(refusal(parts, ErrorCode::kBadData), HasSubstr("4 golden rows and 3 predictions"));
  parts = line_parts();
  parts.background = {{1, 2}, 1, 2, {"a", "b"}, {}};
  EXPECT_THAT(refusal(parts, ErrorCode::kBadData), HasSubstr("background rows have 2 features"));
  parts = line_parts();
  parts.learner_bytes = "much";
  EXPECT_THAT(refusal(parts, ErrorCode::kBadData), HasSubstr("the slope is no number"));
  parts = line_parts();
  parts.learner = "test_lime";
  EXPECT_THAT(refusal(parts, ErrorCode::kNotFound), HasSubstr("test_line"));
}

TEST_F(BundleTest, TakesParamsThatThePluginNoLongerHas) {
  BundleParts parts = line_parts();
  parts.learner_params = {number("retired", 7)};
  EXPECT_THAT(open(parts)->predict(row(3)), ElementsAre(6));
}

}  // namespace
}  // namespace veleta::testing
