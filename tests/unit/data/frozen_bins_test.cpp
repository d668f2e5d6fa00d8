#include "data/frozen_bins.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace veleta {
namespace {

using testing::ElementsAre;

TEST(FrozenBins, PutAnEdgeBelowItself) {
  const std::vector<double> numbers{-INFINITY, 1, 1.5, 2, NAN, 2, 3, INFINITY, NAN};
  const BinnedRows binned = count_in_bins(numbers, std::vector<double>{1, 2});
  EXPECT_THAT(binned.rows, ElementsAre(2, 3, 2));
  EXPECT_EQ(binned.missing_count, 2);
  EXPECT_THAT(count_in_bins(numbers, {}).rows, ElementsAre(7));
  EXPECT_THAT(count_in_bins({}, std::vector<double>{0}).rows, ElementsAre(0, 0));
}

TEST(FrozenBins, CountAsASearchDoes) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  for (const size_t edge_count : {1, 2, 8, 9, 10, 31}) {
    std::vector<double> edges(edge_count), numbers(5000 + edge_count);
    for (double& edge : edges) edge = normal(random);
    std::ranges::sort(edges);
    for (double& number : numbers) number = random() % 20 == 0 ? NAN : random() % 9 == 0 ? edges[0] : normal(random);
    std::vector<double> expected(edge_count + 1);
    for (const double number : numbers)
      if (!std::isnan(number)) ++expected[static_cast<size_t>(std::ranges::lower_bound(edges, number) - edges.begin())];
    EXPECT_EQ(count_in_bins(numbers, edges).rows, expected) << edge_count;
  }
}

}  // namespace
}  // namespace veleta
