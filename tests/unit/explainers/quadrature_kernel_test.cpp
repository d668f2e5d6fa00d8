#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <numeric>
#include <thread>

#include "brute_force.hpp"
#include "made_ensemble.hpp"
#include "quadrature_kernel.hpp"

// The kernel itself, by every processor's instructions and with factors kept and computed.

namespace veleta::testing {
namespace {

using tree_shap::Forest;
using tree_shap::Passes;
using tree_shap::QuadratureKernel;
using Factors = QuadratureKernel::Factors;
using Numbers = std::vector<double>;

constexpr std::initializer_list<Factors> kBothFactors{Factors::kKept, Factors::kComputed};

Numbers explain(const QuadratureKernel& kernel, const Forest& forest, const std::vector<float>& rows) {
  std::vector<float> room;
  const size_t count = rows.size() / forest.columns;
  Numbers values(rows.size() * forest.outputs, 0);
  kernel.explain(forest.normalise({rows.data(), count, forest.columns, {}}, room), values);
  return values;
}

Numbers interact(const QuadratureKernel& kernel, const Forest& forest, const std::vector<float>& rows) {
  std::vector<float> room;
  const size_t count = rows.size() / forest.columns;
  Numbers values(rows.size() * forest.outputs * forest.columns, 0);
  kernel.interact(forest.normalise({rows.data(), count, forest.columns, {}}, room), values);
  return values;
}

/// What each kernel answers, which must be the same to the bit.
template <typename Answer>
Numbers by_all_kernels(const Forest& forest, Answer answer) {
  const Numbers expected = answer(QuadratureKernel(forest, Factors::kKept));
  for (const Passes& passes : tree_shap::passes())
    for (const Factors factors : kBothFactors)
      EXPECT_EQ(answer(QuadratureKernel(forest, factors, passes)), expected)
          << passes.name << (factors == Factors::kKept ? ", kept" : ", computed");
  return expected;
}

void expect_near(std::span<const double> found, const Numbers& expected) {
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-12 * (1 + std::abs(expected[i]))) << "number " << i;
}

std::vector<EnsembleShape> shapes() {
  std::vector<EnsembleShape> result;
  for (const int32_t columns : {1, 3, 7})
    for (const int depth : {0, 1, 4, 9})
      for (const bool special : {false, true})
        result.push_back({columns, depth, 3, special ? 3u : 1u, special, special});
  result.push_back({10, 6, 2, 1, true, false});
  return result;
}

class QuadratureOfShapes : public ::testing::TestWithParam<EnsembleShape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, QuadratureOfShapes, ::testing::ValuesIn(shapes()));

TEST_P(QuadratureOfShapes, EqualsShapleysFormula) {
  const auto columns = static_cast<size_t>(GetParam().columns);
  MadeEnsemble made(GetParam(), 1);
  const std::vector<float> rows = made.rows(11);
  const veleta_trees view = to_abi(made.ensemble);
  const Forest forest(view, columns);
  const Numbers found = by_all_kernels(forest, [&](const auto& kernel) { return explain(kernel, forest, rows); });
  const Numbers base = QuadratureKernel(forest, Factors::kKept).expected();
  for (size_t row = 0; row < 3; ++row) {
    const auto games = path_dependent_games(made.ensemble, &rows[row * columns], columns);
    for (size_t output = 0; output < games.size(); ++output) {
      expect_near(std::span(found).subspan((row * games.size() + output) * columns, columns),
                  shapley_values(games[output], columns));
      EXPECT_NEAR(base[output] + forest.base_margins[output], games[output][0], 1e-12);
    }
  }
}

TEST_P(QuadratureOfShapes, InteractsByShapleysFormula) {
  const auto columns = static_cast<size_t>(GetParam().columns);
  MadeEnsemble made(GetParam(), 2);
  const std::vector<float> rows = made.rows(9);
  const veleta_trees view = to_abi(made.ensemble);
  const Forest forest(view, columns);
  const Numbers found = by_all_kernels(forest, [&](const auto& kernel) { return interact(kernel, forest, rows); });
  const size_t matrix = columns * columns;
  for (const size_t row : {0u, 8u}) {
    const auto games = path_dependent_games(made.ensemble, &rows[row * columns], columns);
    for (size_t output = 0; output < games.size(); ++output)
      expect_near(std::span(found).subspan((row * games.size() + output) * matrix, matrix),
                  shapley_interactions(games[output], columns));
  }
}

/// Fifty trees of thirty columns, of which the last is never split on, and some rows.
struct Large {
  Large() : made({29, 9, 50, 2, true, false}, 3), view(to_abi(made.ensemble)), forest(view, 30) {
    const std::vector<float> narrow = made.rows(150);
    for (size_t i = 0; i < narrow.size(); ++i) {
      rows.push_back(narrow[i]);
      if (i % 29 == 28) rows.push_back(1);
    }
  }

  std::span<const float> row(size_t index) const { return std::span(rows).subspan(index * 30, 30); }

  MadeEnsemble made;
  veleta_trees view;
  Forest forest;
  std::vector<float> rows;
};

TEST(QuadratureKernel, AddsUpToTheMarginAndGivesUnusedFeaturesNothing) {
  const Large large;
  const QuadratureKernel kernel(large.forest, Factors::kKept);
  const Numbers values = explain(kernel, large.forest, large.rows), base = kernel.expected();
  for (size_t row = 0; row < 150; ++row) {
    const auto margins = margins_by_view(large.made.ensemble, large.row(row).data());
    for (size_t output = 0; output < 2; ++output) {
      const double* of_row = &values[(row * 2 + output) * 30];
      EXPECT_NEAR(std::accumulate(of_row, of_row + 30, base[output] + large.forest.base_margins[output]),
                  margins[output], 1e-12 * (1 + std::abs(margins[output])));
      EXPECT_EQ(of_row[29], 0);
    }
  }
}

TEST(QuadratureKernel, InteractionsAreSymmetricAndAddUpToAttributions) {
  const Large large;
  const QuadratureKernel kernel(large.forest, Factors::kComputed);
  const std::vector<float> rows(large.rows.begin(), large.rows.begin() + 10 * 30);
  const Numbers values = explain(kernel, large.forest, rows), found = interact(kernel, large.forest, rows);
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(std::accumulate(&found[i * 30], &found[i * 30] + 30, 0.0), values[i], 1e-12);
  for (size_t matrix = 0; matrix < 20; ++matrix)
    for (size_t i = 0; i < 30; ++i)
      for (size_t j = 0; j < i; ++j) EXPECT_EQ(found[(matrix * 30 + i) * 30 + j], found[(matrix * 30 + j) * 30 + i]);
}

TEST(QuadratureKernel, CompanyOrderAndThreadsChangeNoBit) {
  const Large large;
  for (const Passes& passes : tree_shap::passes()) {
    const QuadratureKernel kernel(large.forest, Factors::kKept, passes);
    const Numbers together = explain(kernel, large.forest, large.rows);
    std::vector<Numbers> alone(150);
    const auto explain_every_second = [&](size_t first) {
      for (size_t row = first; row < 150; row += 2) {
        const auto values = large.row(149 - row);
        alone[149 - row] = explain(kernel, large.forest, {values.begin(), values.end()});
      }
    };
    std::thread other(explain_every_second, 1);
    explain_every_second(0);
    other.join();
    for (size_t row = 0; row < 150; ++row)
      EXPECT_EQ(alone[row], Numbers(&together[row * 60], &together[row * 60] + 60)) << passes.name << " row " << row;
  }
}

TEST(QuadratureKernel, IsLinearInTheTrees) {
  const MadeEnsemble made({6, 5, 2, 1, false, false}, 5);
  const std::vector<float> rows = MadeEnsemble(made).rows(8);
  TreeEnsemble first = made.ensemble, second = made.ensemble;
  first.roots.pop_back();
  second.roots.erase(second.roots.begin());
  const auto values = [&](const TreeEnsemble& trees) {
    const veleta_trees view = to_abi(trees);
    const Forest forest(view, 6);
    return explain(QuadratureKernel(forest, Factors::kKept), forest, rows);
  };
  const Numbers all = values(made.ensemble), some = values(first), others = values(second);
  for (size_t i = 0; i < all.size(); ++i) EXPECT_NEAR(all[i], some[i] + others[i], 1e-14);
}

TEST(QuadratureKernel, FollowsItsColumnsWhereverTheyStand) {
  MadeEnsemble made({6, 7, 4, 1, false, false}, 6);
  const std::vector<float> rows = made.rows(8);
  TreeEnsemble turned = made.ensemble;
  for (int32_t& feature : turned.feature)
    if (feature >= 0) feature = 5 - feature;
  std::vector<float> turned_rows = rows;
  for (size_t row = 0; row < 8; ++row) std::reverse(&turned_rows[row * 6], &turned_rows[row * 6] + 6);
  const auto values = [](const TreeEnsemble& trees, const std::vector<float>& of) {
    const veleta_trees view = to_abi(trees);
    const Forest forest(view, 6);
    return explain(QuadratureKernel(forest, Factors::kKept), forest, of);
  };
  const Numbers straight = values(made.ensemble, rows), reversed = values(turned, turned_rows);
  for (size_t row = 0; row < 8; ++row)
    for (size_t column = 0; column < 6; ++column) EXPECT_EQ(straight[row * 6 + column], reversed[row * 6 + 5 - column]);
}

TEST(QuadratureKernel, TreatsFeaturesAlikeThatTheModelDoes) {
  MadeEnsemble made({5, 6, 3, 1, false, false}, 7);
  std::vector<float> rows = made.rows(8);
  for (size_t row = 0; row < 8; ++row) rows[row * 5 + 1] = rows[row * 5];
  TreeEnsemble mirrored = made.ensemble;  // each tree, and its copy in which columns 0 and 1 have changed places
  const auto nodes = static_cast<uint32_t>(mirrored.feature.size());
  for (const uint32_t root : made.ensemble.roots) mirrored.roots.push_back(root + nodes);
  for (uint32_t n = 0; n < nodes; ++n) {
    const int32_t feature = mirrored.feature[n];
    mirrored.feature.push_back(feature == 0 || feature == 1 ? 1 - feature : feature);
    mirrored.left.push_back(mirrored.left[n] + nodes);
    mirrored.right.push_back(mirrored.right[n] + nodes);
    mirrored.threshold.push_back(mirrored.threshold[n]);
    mirrored.default_left.push_back(mirrored.default_left[n]);
    mirrored.value.push_back(mirrored.value[n]);
    mirrored.cover.push_back(mirrored.cover[n]);
  }
  const veleta_trees view = to_abi(mirrored);
  const Forest forest(view, 5);
  const Numbers values = explain(QuadratureKernel(forest, Factors::kKept), forest, rows);
  for (size_t row = 0; row < 8; ++row) EXPECT_NEAR(values[row * 5], values[row * 5 + 1], 1e-14);
}

}  // namespace
}  // namespace veleta::testing
