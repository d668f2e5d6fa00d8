#include <gmock/gmock.h>

#include <numeric>

#include "model/scored_rows.hpp"
#include "test_bundles.hpp"

namespace veleta::testing {
namespace {

using ::testing::ElementsAre;

class ScoredRowsTest : public ::testing::Test {
 protected:
  ScoredRowsTest() : plugins_({}) { add_linked_plugins(plugins_); }
  std::shared_ptr<const Bundle> open(BundleParts parts) { return Bundle::open(std::move(parts), plugins_); }

  PluginHost plugins_;
};

Table rows_of_x(const std::vector<double>& x) {
  return {{numbers("x", x), categories("c", std::vector<std::string>(x.size(), "a")),
           times("t", std::vector<std::string>(x.size(), "2020-06-28"))}};
}

TEST_F(ScoredRowsTest, HaveFeaturesPredictionsAndTargets) {
  const auto bundle = open(line_parts());
  const ScoredRows scored = score_rows(*bundle, {{numbers("x", {1, 5}), numbers("y", {3, kNaN})}});
  EXPECT_THAT(scored.predictions, ElementsAre(2, 10));
  EXPECT_THAT(scored.features.values, ElementsAre(1, 5));
  EXPECT_EQ(scored.targets.at(0), 3);
  EXPECT_TRUE(std::isnan(scored.targets.at(1)));
}

TEST_F(ScoredRowsTest, MayLackATarget) {
  EXPECT_TRUE(score_rows(*open(line_parts()), {{numbers("x", {1, 5})}}).targets.empty());
}

TEST_F(ScoredRowsTest, HaveAColumnOfAttributionsForEachInputColumn) {
  const auto bundle = open(mixed_parts());
  const Profile profile = profile_of_attributions(*bundle, rows_of_x({1, 2, 3}));
  ASSERT_EQ(profile.columns.size(), bundle->input_columns().size());
  const ExplanationSet explained = bundle->explain(rows_of_x({1, 2, 3}));
  for (size_t column = 0; column < profile.columns.size(); ++column) {
    EXPECT_EQ(profile.columns[column].name, bundle->input_columns()[column]);
    double mean = 0;
    for (const auto& row : explained.rows) mean += row.attributions[column] / 3;
    EXPECT_NEAR(profile.columns[column].mean, mean, 1e-6);
  }
}

TEST(SpreadRows, AreEvenlySpread) {
  EXPECT_THAT(spread_rows(3, 10), ElementsAre(0, 1, 2));
  EXPECT_THAT(spread_rows(10, 4), ElementsAre(0, 2, 5, 7));
  EXPECT_TRUE(spread_rows(0, 4).empty());
}

}  // namespace
}  // namespace veleta::testing
