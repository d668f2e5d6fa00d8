#include "drift/movement.hpp"

#include <gmock/gmock.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace veleta {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Two windows of numbers as the host prepares them.
struct Numbers {
  std::vector<double> values, reference_rows, current_rows;

  Numbers(const std::vector<double>& reference, const std::vector<double>& current) {
    values = reference;
    values.insert(values.end(), current.begin(), current.end());
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    const auto count = [](const std::vector<double>& all, double value) {
      return static_cast<double>(std::ranges::count(all, value));
    };
    for (const double value : values) {
      reference_rows.push_back(count(reference, value));
      current_rows.push_back(count(current, value));
    }
  }
  NumericSample sample(const std::vector<double>& rows) const {
    NumericSample sample;
    sample.values = values;
    sample.rows = rows;
    sample.row_count = std::accumulate(rows.begin(), rows.end(), 0.0);
    return sample;
  }
  Movement movement() const { return movement_of(sample(reference_rows), sample(current_rows)); }
};

/// 0.5, 1.5, … as quantiles of a normal distribution would be too even a thing: a triangle's will do.
std::vector<double> spread(double from, double step, size_t count) {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) values.push_back(from + step * static_cast<double>(i));
  return values;
}

double sum(const std::vector<double>& shares, double below, double above) {
  return std::accumulate(shares.begin(), shares.end(), below + above);
}

TEST(NumericMovement, TellsHowFarEachQuantileMoved) {
  // Quartiles 99.5 apart make a robust deviation of 73.76.
  const Movement movement = Numbers(spread(0.5, 1, 200), spread(10.5, 1, 200)).movement();
  ASSERT_THAT(movement.quantiles, SizeIs(7));
  for (const auto& move : movement.quantiles) {
    EXPECT_DOUBLE_EQ(move.current - move.reference, 10);
    EXPECT_NEAR(move.shift, 10 / (100 / 1.3489795), 1e-6);
  }
  EXPECT_DOUBLE_EQ(movement.quantiles[3].share, 0.5);
  EXPECT_DOUBLE_EQ(movement.quantiles[3].reference, 99.5);
}

TEST(NumericMovement, FindsTheTailThatMoved) {
  auto current = spread(0.5, 1, 200);
  for (size_t i = 185; i < 200; ++i) current[i] += 500;
  const Movement movement = Numbers(spread(0.5, 1, 200), current).movement();
  ASSERT_NE(movement.farthest(), nullptr);
  EXPECT_DOUBLE_EQ(movement.farthest()->share, 0.99);
  EXPECT_DOUBLE_EQ(movement.farthest()->reference_below, 0.99);
  EXPECT_DOUBLE_EQ(movement.farthest()->current_below, 0.925);
  EXPECT_THAT(where_text(movement, ColumnType::kNumber), HasSubstr("99 % quantile 197.5 to 697.5 (+6.7 sd)"));
}

TEST(NumericMovement, TakesALongTailsChanceForNoMove) {
  auto reference = spread(0.5, 1, 200), current = spread(10.5, 1, 200);
  for (size_t i = 197; i < 200; ++i) reference[i] = 1e5, current[i] = 3e5;
  const Movement movement = Numbers(reference, current).movement();
  EXPECT_GT(movement.quantiles.back().shift, 1000) << "many deviations";
  EXPECT_LT(movement.farthest()->share, 0.9) << "and few rows";
}

TEST(NumericMovement, IsBlindedByNoFarValue) {
  auto reference = spread(0.5, 1, 200), current = spread(80.5, 1, 200);
  reference.back() = 1e9;
  current.front() = -1e9;
  const Movement movement = Numbers(reference, current).movement();
  EXPECT_NEAR(movement.quantiles[3].shift, 80 / (100 / 1.3489795), 1e-6);
  EXPECT_LT(movement.histogram.edges.back(), 1000);
  EXPECT_DOUBLE_EQ(movement.histogram.reference_above, 0.005);
  EXPECT_DOUBLE_EQ(movement.histogram.current_below, 0.005);
}

TEST(NumericMovement, HasSharesThatAddUpInFewBins) {
  const Movement movement = Numbers(spread(0, 0.37, 3000), spread(-50, 0.41, 2000)).movement();
  const HistogramPair& pair = movement.histogram;
  EXPECT_LE(pair.reference.size(), Movement::kMostBins);
  EXPECT_GE(pair.reference.size(), 10);
  EXPECT_EQ(pair.edges.size(), pair.reference.size() + 1);
  EXPECT_TRUE(std::ranges::is_sorted(pair.edges));
  EXPECT_THAT(pair.current, Each(Ge(0)));
  EXPECT_THAT(sum(pair.reference, pair.reference_below, pair.reference_above), DoubleNear(1, 1e-9));
  EXPECT_THAT(sum(pair.current, pair.current_below, pair.current_above), DoubleNear(1, 1e-9));
}

TEST(NumericMovement, GivesEveryWholeNumberABinOfItsOwnWhereTheyAreFew) {
  const Movement movement = Numbers({1, 2, 2, 3, 3, 3, 4, 4, 5}, {2, 3, 3, 4, 4, 4, 5, 5, 6}).movement();
  EXPECT_THAT(movement.histogram.reference, SizeIs(6));
  EXPECT_DOUBLE_EQ(movement.histogram.edges.front(), 0.5);
  EXPECT_DOUBLE_EQ(movement.histogram.reference[2], 3 / 9.0);
}

TEST(NumericMovement, KnowsNoShiftFromAConstantButDrawsIt) {
  const Movement movement = Numbers({7, 7, 7}, {9, 9, 9}).movement();
  EXPECT_EQ(movement.farthest(), nullptr) << "in deviations of nothing";
  EXPECT_THAT(where_text(movement, ColumnType::kNumber), IsEmpty());
  EXPECT_THAT(sum(movement.histogram.current, 0, 0), DoubleNear(1, 1e-9));
  const Movement same = Numbers({7, 7}, {7}).movement();
  EXPECT_THAT(sum(same.histogram.reference, 0, 0), DoubleNear(1, 1e-9));
}

TEST(NumericMovement, HasNothingToTellOfEmptyWindows) {
  const Movement none = Numbers({}, {}).movement();
  EXPECT_THAT(none.quantiles, IsEmpty());
  EXPECT_THAT(none.histogram.edges, IsEmpty());
  const Movement half = Numbers({1, 2, 3}, {}).movement();
  EXPECT_THAT(half.quantiles, IsEmpty());
  EXPECT_THAT(half.histogram.reference, Not(IsEmpty()));
  EXPECT_THAT(half.histogram.current, Each(0));
}

CategoricalSample categories(const std::vector<const char*>& labels, const std::vector<double>& counts) {
  CategoricalSample sample;
  sample.labels = labels;
  sample.counts = counts;
  return sample;
}

TEST(CategoricalMovement, PutsWhatMovedMostFirst) {
  const std::vector<const char*> labels{"Ohio", "Utah", "Iowa", "Guam", "Maine"};
  const std::vector<double> before{500, 300, 195, 5, 0}, now{400, 300, 180, 0, 120};
  const Movement movement = movement_of(categories(labels, before), categories(labels, now));
  ASSERT_THAT(movement.categories, SizeIs(5));
  EXPECT_EQ(movement.categories[0].label, "Maine");
  EXPECT_EQ(movement.categories[1].label, "Ohio");
  EXPECT_EQ(movement.new_count, 1);
  EXPECT_DOUBLE_EQ(movement.new_share, 0.12);
  EXPECT_EQ(movement.vanished_count, 1);
  EXPECT_DOUBLE_EQ(movement.vanished_share, 0.005);
  EXPECT_EQ(where_text(movement, ColumnType::kCategory), "new: Maine 12 %; Ohio 50 % to 40 %; Iowa 20 % to 18 %");
  EXPECT_EQ(to_json(movement).at("categories").at(0).at("current"), 0.12);
}

TEST(NumericMovement, DrawsWindowsThatAreFartherApartThanADoubleTells) {
  const double far = std::numeric_limits<double>::max();
  const auto expect_drawn = [](const Numbers& windows) {
    const std::vector<double> edges = windows.movement().histogram.edges;
    EXPECT_LE(edges.size(), Movement::kMostBins + 1);
    EXPECT_TRUE(std::ranges::all_of(edges, [](double edge) { return std::isfinite(edge); }));
    EXPECT_TRUE(std::ranges::is_sorted(edges));
  };
  for (const double usual : {0.0, 0.5})
    for (const auto& other : {std::vector<double>{-far, far}, std::vector<double>{far, far}, spread(0.5, 1, 50)}) {
      expect_drawn(Numbers(std::vector<double>(300, usual), other));
      expect_drawn(Numbers(other, std::vector<double>(300, usual)));
    }
}

TEST(CategoricalMovement, SumsUpTheRest) {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("c" + std::to_string(i));
  std::vector<const char*> labels;
  for (const auto& name : names) labels.push_back(name.c_str());
  std::vector<double> before(100, 10), now(100, 10);
  now[57] = 110;
  const Movement movement = movement_of(categories(labels, before), categories(labels, now));
  ASSERT_THAT(movement.categories, SizeIs(Movement::kToldCategories));
  EXPECT_EQ(movement.categories[0].label, "c57");
  double told = 0;
  for (const auto& each : movement.categories) told += each.current;
  EXPECT_NEAR(told + movement.other_current, 1, 1e-12);
}

TEST(ValueText, IsForPeople) {
  EXPECT_EQ(value_text(312000, ColumnType::kNumber), "312,000");
  EXPECT_EQ(value_text(0.12345, ColumnType::kNumber), "0.1235");
  EXPECT_EQ(value_text(1561680000, ColumnType::kTime), "2019-06-28");
  EXPECT_EQ(share_text(0.0004), "< 0.1 %");
  EXPECT_EQ(share_text(0), "0 %");
  EXPECT_EQ(share_text(0.025), "2.5 %");
  EXPECT_EQ(share_text(1.0 / 3), "33 %");
}

}  // namespace
}  // namespace veleta
