#include <gmock/gmock.h>

#include "test_bundles.hpp"

namespace veleta::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A model of three columns, which become 1, 3 and 4 features.
class ExplanationsTest : public ::testing::Test {
 protected:
  ExplanationsTest() : plugins_({}) { add_linked_plugins(plugins_); }

  std::shared_ptr<const Bundle> open(const std::vector<ParamValue>& more = {}, BundleParts parts = mixed_parts()) {
    parts.explainer_params = {flag("works", true)};
    for (const ParamValue& param : more) parts.explainer_params.push_back(param);
    return Bundle::open(std::move(parts), plugins_);
  }
  static Table rows(size_t count) {
    std::vector<double> x;
    for (size_t row = 0; row < count; ++row) x.push_back(static_cast<double>(row + 1));
    return {{numbers("x", x), categories("c", std::vector<std::string>(count, "b"))}};
  }

  PluginHost plugins_;
};

TEST_F(ExplanationsTest, FoldFeaturesIntoTheirColumns) {
  const ExplanationSet set = open()->explain(rows(2));
  EXPECT_EQ(set.kernel, "evenly");
  EXPECT_THAT(set.rows.at(1).attributions, ElementsAre(4 * 1 / 8.0, 4 * 3 / 8.0, 4 * 4 / 8.0));
  EXPECT_THAT(set.rows[1].standard_errors, IsEmpty());
  EXPECT_EQ(set.rows[1].predicted(), 4);
}

TEST_F(ExplanationsTest, KeepTheNumbersThatTheModelSaw) {
  const ExplanationSet set = open()->explain(rows(2));
  ASSERT_THAT(set.encoded.values, SizeIs(16));
  EXPECT_THAT(std::vector<float>(set.encoded.values.begin() + 8, set.encoded.values.begin() + 12),
              ElementsAre(2, 0, 1, 0));
}

TEST_F(ExplanationsTest, AddUpTheVariancesOfFeatures) {
  const Explanation row = open({number("error", 0.5)})->explain(rows(1)).rows.at(0);
  EXPECT_THAT(row.standard_errors, ElementsAre(0.5, 0.5 * std::sqrt(3.0), 1));
}

TEST_F(ExplanationsTest, RescaleErrorsAndInteractionsAsAttributions) {
  BundleParts parts = mixed_parts();
  parts.target.transform = TargetTransform::kLog;
  const double factor = std::expm1(2.0) / 2;  // from a base of 0 to the margin 2
  const Explanation row = open({number("error", 0.5)}, parts)->explain(rows(1)).rows.at(0);
  EXPECT_DOUBLE_EQ(row.standard_errors.at(0), 0.5 * factor);
  const auto bundle = open({}, parts);
  const ExplanationSet set = bundle->explain(rows(1));
  EXPECT_DOUBLE_EQ(bundle->interactions(set).rows.at(0).at(0), factor * 2 / 64);
}

TEST_F(ExplanationsTest, FoldInteractionsIntoPairsOfColumns) {
  const auto bundle = open();
  const ExplanationSet set = bundle->explain(rows(3));
  const InteractionSet interactions = bundle->interactions(set);
  ASSERT_THAT(interactions.rows, SizeIs(3));
  const double share = 6 / 64.0;
  EXPECT_THAT(interactions.rows[2], ElementsAre(share, 3 * share, 4 * share, 3 * share, 9 * share, 12 * share,
                                                4 * share, 12 * share, 16 * share));
  for (size_t column = 0; column < 3; ++column) {
    const double* line = &interactions.rows[2][column * 3];
    EXPECT_DOUBLE_EQ(line[0] + line[1] + line[2], set.rows[2].attributions[column]);
  }
}

TEST_F(ExplanationsTest, SayWhereThereAreNoInteractions) {
  const auto bundle = open({number("error", 0.5)});
  const ExplanationSet set = bundle->explain(rows(1));
  EXPECT_THROW(bundle->interactions(set), Error);
  EXPECT_THAT(bundle->background_interactions(), IsEmpty());
}

TEST_F(ExplanationsTest, KeepThoseOfTheBackground) {
  const auto bundle = open();
  const ExplanationSet& set = bundle->explained_background();
  EXPECT_THAT(set.rows, SizeIs(12));
  EXPECT_EQ(&bundle->explained_background(), &set);
  EXPECT_DOUBLE_EQ(bundle->background_interactions().at(0), 13 / 64.0);  // the mean of 2 to 24
}

TEST_F(ExplanationsTest, AreTheSameWhateverTheThreads) {
  const auto bundle = open();
  const Table many = rows(1000);
  const ExplanationSet one = bundle->explain(many);
  std::vector<size_t> told;
  const ExplanationSet four = bundle->explain(many, {4, [&](size_t done) { told.push_back(done); }});
  ASSERT_EQ(four.rows.size(), one.rows.size());
  for (size_t row = 0; row < one.rows.size(); ++row) EXPECT_EQ(four.rows[row].attributions, one.rows[row].attributions);
  EXPECT_TRUE(std::ranges::is_sorted(told));
  const Explanation alone = bundle->explain(many.select(std::vector<size_t>{700})).rows.at(0);
  EXPECT_EQ(alone.attributions, one.rows[700].attributions);
}

TEST_F(ExplanationsTest, EndWhenWhoeverWaitsHasHadEnough) {
  const auto bundle = open();
  const auto stop = [](size_t) { throw Error(ErrorCode::kCancelled, "enough"); };
  EXPECT_THROW(bundle->explain(rows(5000), {1, stop}), Error);
}

/// 600 houses' classifier: ridge is logistic, so that margin and response differ.
class ResponseTest : public ExplanationsTest {
 protected:
  BundleParts train() {
    Table table = houses(300, 1);
    std::erase_if(table.columns, [](const Column& column) { return column.name == "price"; });
    BundleParts parts;
    parts.target = {"dear", Task::kBinary, TargetTransform::kNone, "yes", "no"};
    const std::vector<double> target = parts.target.to_learner(parts.target.values(table));
    FeatureOptions options;
    options.complete = true;
    Matrix encoded;
    parts.features = FeatureEncoder::fit(table, "dear", target, row_hashes(table), options, encoded);
    parts.learner = "ridge";
    parts.learner_params = default_values(plugins_.describe(PluginKind::kLearner, "ridge").params);
    const auto learner = plugins_.create_learner("ridge", parts.learner_params, {});
    const auto model = learner->train({Task::kBinary, 1, 7, encoded.view(), target, {}, {}});
    parts.learner_bytes = model->save();
    parts.golden = parts.background = encoded.select(std::vector<size_t>{1, 2, 3});
    parts.golden_predictions.resize(3);
    model->predict(parts.golden.view(), parts.golden_predictions);
    parts.explainer = "test_even";
    return parts;
  }
};

TEST_F(ResponseTest, AddsUpToTheProbability) {
  const auto bundle = open({flag("response", true)}, train());
  const Table table = houses(20, 2);
  const ExplanationSet set = bundle->explain(table);
  EXPECT_EQ(set.space, "probability");
  EXPECT_EQ(set.method, "on the probability of yes");
  const std::vector<double> predictions = bundle->predict(table);
  for (size_t row = 0; row < predictions.size(); ++row) {
    EXPECT_DOUBLE_EQ(set.rows[row].prediction, predictions[row]);
    EXPECT_EQ(set.rows[row].predicted(), predictions[row]);
    double sum = set.rows[row].base_value;
    for (const double attribution : set.rows[row].attributions) sum += attribution;
    EXPECT_NEAR(sum, predictions[row], 1e-12);
  }
}

TEST_F(ResponseTest, AddsUpToTheLogOddsOtherwise) {
  const auto bundle = open({}, train());
  const Table table = houses(5, 2);
  const ExplanationSet set = bundle->explain(table);
  EXPECT_EQ(set.space, "log_odds");
  const double probability = bundle->predict(table).at(0);
  EXPECT_NEAR(set.rows[0].prediction, std::log(probability / (1 - probability)), 1e-9);
}

}  // namespace
}  // namespace veleta::testing
