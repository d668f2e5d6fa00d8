#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detector_under_test.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

TEST(ChiSquare, NamesTheCategoriesThatMovedMost) {
  const auto result =
      compare("chi_square", {{{"a", 500}, {"b", 300}, {"c", 200}}, {{"a", 200}, {"b", 600}, {"c", 200}}});
  EXPECT_TRUE(alarms(result));
  EXPECT_EQ(result.detail, "a 50 % → 20 %, b 30 % → 60 %");
}

TEST(ChiSquare, HasTheFullEffectWhereAllIsReplacedHoweverUnequalTheWindows) {
  const auto result = compare("chi_square", {{{"for_sale", 100000}}, {{"sold", 500}}});
  EXPECT_NEAR(result.effect, 1, 1e-3);
  EXPECT_EQ(result.p_value, 0);
}

// Other tools call every column with so many categories drifted.
TEST(ChiSquare, FindsNothingInFiftyThousandUnchangedCategories) {
  Random random(11);
  const std::vector<double> even(50000, 1.0);
  const Categories windows(draw_categories(random, 100000, even), draw_categories(random, 100000, even));
  const auto result = compare("chi_square", windows);
  EXPECT_LT(result.effect, 0.1);
  EXPECT_GT(result.p_value, 0.001);
  EXPECT_GT(result.statistic, 0);
}

TEST(ChiSquare, SeesRareCategoriesReplacedByOthers) {
  Categories::Rows before, after;
  for (int i = 0; i < 4000; ++i) (i % 2 == 0 ? before : after)["street " + std::to_string(i)] = 3;
  before["main street"] = after["main street"] = 1000;
  EXPECT_LT(compare("chi_square", {before, after}).p_value, 1e-6);
}

TEST(ChiSquare, HasNothingToSayOfOneCategory) {
  const auto result = compare("chi_square", {{{"a", 10}}, {{"a", 20}}});
  EXPECT_EQ(result.p_value, 1);
  EXPECT_EQ(result.effect, 0);
}

TEST(Psi, TakesRareCategoriesTogether) {
  Random random(12);
  const Categories windows(draw_categories(random, 5000, zipf(3000)), draw_categories(random, 5000, zipf(3000)));
  EXPECT_FALSE(alarms(compare("psi", windows)));
}

TEST(Psi, SeesACategoryReplaced) { EXPECT_TRUE(alarms(compare("psi", {{{"for_sale", 1000}}, {{"sold", 1000}}}))); }

TEST(NewCategories, NamesWhatIsNew) {
  const auto result = compare("new_categories", {{{"for_sale", 5000}, {"ready", 40}}, {{"sold", 3000}}});
  EXPECT_TRUE(alarms(result));
  EXPECT_EQ(result.detail, "new: sold (100 %)");
  EXPECT_EQ(result.effect, 1);
}

TEST(NewCategories, NamesTheMostFrequentThreeOfMany) {
  const auto result =
      compare("new_categories", {{{"a", 5000}}, {{"a", 900}, {"b", 40}, {"c", 30}, {"d", 20}, {"e", 6}, {"f", 4}}});
  EXPECT_EQ(result.detail, "new: b (4 %), c (3 %), d (2 %) and 2 more");
}

TEST(NewCategories, ExpectsNewOnesWhereMostWereSeenOnce) {
  Random random(13);
  const std::vector<double> streets(200000, 1.0);
  const Categories windows(draw_categories(random, 50000, streets), draw_categories(random, 20000, streets));
  const auto result = compare("new_categories", windows);
  EXPECT_GT(result.statistic, 0.5);
  EXPECT_FALSE(alarms(result));
}

TEST(NewCategories, FindsNoneWhereAllAreKnown) {
  const auto result = compare("new_categories", {{{"a", 100}, {"b", 100}}, {{"a", 100}}});
  EXPECT_EQ(result.effect, 0);
  EXPECT_EQ(result.p_value, 1);
}

TEST(NewCategories, TellsThatFewRowsShowLittle) {
  const auto result = compare("new_categories", {{{"a", 5000}}, {{"a", 20}}});
  EXPECT_GT(result.detectable_effect, result.min_effect);
}

}  // namespace
}  // namespace veleta::testing
