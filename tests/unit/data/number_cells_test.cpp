#include "data/number_cells.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "data/order_key.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;

std::vector<double> sorted_normal(size_t count, uint32_t seed, double shift = 0) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(shift, 1);
  std::vector<double> values(count);
  for (double& value : values) value = normal(random);
  std::ranges::sort(values);
  return values;
}

size_t prefix_count(const std::vector<double>& values, int bits) {
  std::set<uint64_t> prefixes;
  for (const double value : values) prefixes.insert(order_key(value) >> (64 - bits));
  return prefixes.size();
}

double share_below(const std::vector<double>& sorted, double value) {
  return static_cast<double>(std::ranges::lower_bound(sorted, value) - sorted.begin()) /
         static_cast<double>(sorted.size());
}

TEST(NumberCells, KeepFewNumbersExactly) {
  const NumberCells cells = cells_of_sorted(std::vector<double>{-2, -0.0, 0, 0, 7.5});
  EXPECT_EQ(cells.precision_bits, NumberCells::kExact);
  EXPECT_THAT(cells.least, ElementsAre(-2, 0, 7.5));
  EXPECT_FALSE(std::signbit(cells.least[1]));
  EXPECT_THAT(cells.rows, ElementsAre(1, 3, 1));
  EXPECT_EQ(cells.error_bound(), 0);
  EXPECT_EQ(cells.quantile(0.5), 0);
  EXPECT_THAT(cells.even_quantiles(), ElementsAre(-2, 0, 0, 0, 7.5));
}

TEST(NumberCells, AreAsFineAsTheyMay) {
  const std::vector<double> values = sorted_normal(300'000, 1);
  const NumberCells cells = cells_of_sorted(values);
  EXPECT_LE(cells.size(), NumberCells::kMostCells);
  EXPECT_EQ(cells.size(), prefix_count(values, cells.precision_bits));
  EXPECT_GT(prefix_count(values, cells.precision_bits + 1), NumberCells::kMostCells);
}

TEST(NumberCells, KnowTheDistributionFunctionUpToTheirBound) {
  const std::vector<double> values = sorted_normal(300'000, 2);
  const NumberCells cells = cells_of_sorted(values);
  const double bound = cells.error_bound();
  EXPECT_GT(bound, 0);
  EXPECT_LT(bound, 5e-4);
  double before = 0;
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    ASSERT_NEAR(share_below(values, cells.least[cell]), before / 300'000, 1e-12) << "exact where a cell begins";
    if (cell + 1 < cells.size()) {
      const double inside = std::nextafter(cells.least[cell + 1], -INFINITY);
      ASSERT_LE(share_below(values, inside) - before / 300'000, bound + 1e-12);
    }
    before += cells.rows[cell];
  }
}

TEST(NumberCells, GiveEvenQuantilesOfManyRows) {
  const std::vector<double> values = sorted_normal(200'001, 3);
  const NumberCells cells = cells_of_sorted(values);
  const std::vector<double> quantiles = cells.even_quantiles();
  ASSERT_EQ(quantiles.size(), NumberCells::kMostCells);
  ASSERT_TRUE(std::ranges::is_sorted(quantiles));
  const double bound = cells.error_bound() + 1e-5;
  for (size_t i = 0; i < quantiles.size(); ++i) {
    const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(quantiles.size());
    ASSERT_NEAR(share_below(values, quantiles[i]), share, bound);
  }
}

TEST(NumberCells, OfOneCoarsenessShareTheirBeginnings) {
  NumberCells fine = cells_of_sorted(sorted_normal(70'000, 4)), coarse = cells_of_sorted(sorted_normal(500'000, 5));
  ASSERT_GT(fine.precision_bits, coarse.precision_bits);
  const double fine_rows = fine.row_count();
  unite(fine, coarse);
  EXPECT_EQ(fine.precision_bits, coarse.precision_bits);
  EXPECT_EQ(fine.row_count(), fine_rows);
  const int shift = 64 - fine.precision_bits;
  size_t shared = 0;
  for (const double least : fine.least) {
    const auto found = std::ranges::lower_bound(coarse.least, order_key(least) >> shift, {},
                                                [&](double value) { return order_key(value) >> shift; });
    if (found == coarse.least.end() || order_key(*found) >> shift != order_key(least) >> shift) continue;
    ASSERT_EQ(*found, least);
    ++shared;
  }
  EXPECT_GT(shared, fine.size() / 2);
  EXPECT_TRUE(std::ranges::is_sorted(fine.least));
}

TEST(NumberCells, MergeToTheCellsOfAll) {
  const std::vector<double> a = sorted_normal(90'000, 6), b = sorted_normal(1000, 7, 3);
  std::vector<double> both = a;
  both.insert(both.end(), b.begin(), b.end());
  std::ranges::sort(both);
  EXPECT_EQ(merged(cells_of_sorted(a), cells_of_sorted(b)), cells_of_sorted(both));
  EXPECT_EQ(merged(cells_of_sorted(b), cells_of_sorted(a)), cells_of_sorted(both));
  EXPECT_EQ(merged(NumberCells(), cells_of_sorted(b)), cells_of_sorted(b));
}

}  // namespace
}  // namespace veleta
