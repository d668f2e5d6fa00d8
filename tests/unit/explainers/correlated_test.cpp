#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <numeric>

#include "any_model.hpp"

namespace veleta::testing {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Pointwise;

/// A linear model and the rows that its features' covariance is taken from.
struct Line {
  std::vector<double> coefficients, means;
  AnyModel rows;  ///< of which the background alone counts

  Line(std::vector<double> of, std::vector<float> background)
      : coefficients(std::move(of)),
        means(coefficients.size(), 0),
        rows(coefficients.size(), std::move(background), [](const float*) { return 0.0; }) {}

  Explained explain(const std::vector<float>& row, Settings settings = {}) const {
    return prepare(std::move(settings)).explain(row);
  }
  PreparedUnderTest prepare(Settings settings = {}) const {
    settings.try_emplace("dependence", "correlated");
    const veleta_linear view{sizeof view, coefficients.size(), coefficients.data(), means.data(), 0, VELETA_IDENTITY};
    view_ = view;
    return PreparedUnderTest("linear_shap", rows, settings, {}, &view_);
  }
  mutable veleta_linear view_{};
};

/// Rows whose features mix fewer hidden ones, `columns` of `hidden`, and a little noise of their own.
std::vector<float> mixed_rows(size_t rows, size_t columns, size_t hidden, float noise, uint64_t seed) {
  const std::vector<float> mix = uniform_numbers(columns * hidden, seed);
  const std::vector<float> drawn = uniform_numbers(rows * hidden, seed + 1),
                           own = uniform_numbers(rows * columns, seed + 2);
  std::vector<float> made;
  for (size_t row = 0; row < rows; ++row)
    for (size_t column = 0; column < columns; ++column) {
      float sum = noise * own[row * columns + column];
      for (size_t h = 0; h < hidden; ++h) sum += mix[column * hidden + h] * drawn[row * hidden + h];
      made.push_back(sum);
    }
  return made;
}

using Square = std::vector<double>;

Square covariance_of(const std::vector<float>& rows, size_t columns) {
  const size_t count = rows.size() / columns;
  std::vector<double> mean(columns, 0);
  for (size_t i = 0; i < rows.size(); ++i) mean[i % columns] += rows[i] / static_cast<double>(count);
  Square covariance(columns * columns, 0);
  for (size_t row = 0; row < count; ++row)
    for (size_t i = 0; i < columns * columns; ++i)
      covariance[i] += (rows[row * columns + i / columns] - mean[i / columns]) *
                       (rows[row * columns + i % columns] - mean[i % columns]) / static_cast<double>(count);
  return covariance;
}

/// Solves a system by Gauss's elimination with pivots.
std::vector<double> solve(Square a, std::vector<double> b) {
  const size_t n = b.size();
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k; i < n; ++i)
      if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k])) pivot = i;
    for (size_t j = 0; j < n; ++j) std::swap(a[k * n + j], a[pivot * n + j]);
    std::swap(b[k], b[pivot]);
    for (size_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      for (size_t j = k; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      b[i] -= factor * b[k];
    }
  }
  for (size_t k = n; k-- > 0; b[k] /= a[k * n + k])
    for (size_t j = k + 1; j < n; ++j) b[k] -= a[k * n + j] * b[j];
  return b;
}

/// The game word for word: known features as they are, the others as a Gaussian lets expect.
std::vector<double> gaussian_game(const Line& line, const std::vector<float>& row) {
  const size_t columns = row.size();
  const Square covariance = covariance_of(line.rows.background, columns);
  std::vector<double> game;
  for (size_t known = 0; known < size_t{1} << columns; ++known) {
    std::vector<size_t> in;
    for (size_t i = 0; i < columns; ++i)
      if (known >> i & 1) in.push_back(i);
    Square among;
    std::vector<double> distance;
    for (const size_t i : in) {
      distance.push_back(row[i] - line.means[i]);
      for (const size_t j : in) among.push_back(covariance[i * columns + j]);
    }
    const std::vector<double> solved = solve(among, distance);
    double value = 0;
    for (size_t i = 0; i < columns; ++i) {
      double expected = 0;
      for (size_t j = 0; j < in.size(); ++j) expected += covariance[i * columns + in[j]] * solved[j];
      value += line.coefficients[i] * (known >> i & 1 ? row[i] - line.means[i] : expected);
    }
    game.push_back(value);
  }
  return game;
}

TEST(CorrelatedLinearShap, EqualsShapleysFormulaOfTheGaussianGame) {
  for (size_t columns = 1; columns <= 8; ++columns) {
    Line line({}, {});
    const std::vector<float> numbers = uniform_numbers(columns, 5), row = uniform_numbers(columns, 6);
    line = Line({numbers.begin(), numbers.end()}, mixed_rows(50, columns, 3, 0.3f, columns));
    line.means.assign(columns, 0.2);
    const Explained found = line.explain(row);
    EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-10), shapley(gaussian_game(line, row), columns))) << columns;
    EXPECT_THAT(found.errors, Each(0));
    EXPECT_NEAR(found.base_values[0], 0.2 * std::accumulate(numbers.begin(), numbers.end(), 0.0), 1e-7);
  }
}

TEST(CorrelatedLinearShap, SharesBetweenCopiesAndLeavesConstantsTheirOwn) {
  std::vector<float> rows = uniform_numbers(80, 1);
  for (size_t row = 0; row < 20; ++row) rows[4 * row + 1] = rows[4 * row], rows[4 * row + 3] = 7;
  const Line line({2, 0, 1, 3}, rows);
  const std::vector<float> at{0.5f, 0.5f, 0, 1};
  const Explained found = line.explain(at);
  EXPECT_NEAR(found.values[0], found.values[1], 1e-9) << "a copy shares alike, whatever its coefficient";
  EXPECT_NEAR(found.values[3], 3, 1e-12) << "a constant tells nothing of the others";
  EXPECT_NEAR(std::accumulate(found.values.begin(), found.values.end(), 0.0), 2 * 0.5 + 3, 1e-12);
}

TEST(CorrelatedLinearShap, EqualsTheIndependentOnesWhereNothingIsCorrelated) {
  const Line line({3, -1}, {1, 1, 1, -1, -1, 1, -1, -1});
  EXPECT_THAT(line.explain({0.5f, 2}).values, Pointwise(DoubleNear(1e-12), {1.5, -2.0}));
}

TEST(CorrelatedLinearShap, EstimatesManyFeaturesAndTellsItsError) {
  constexpr size_t kColumns = 18;
  // Two blocks that have nothing to do with each other: each is done exactly by itself.
  std::vector<float> rows, half = mixed_rows(60, 9, 3, 0.3f, 1);
  for (size_t row = 0; row < 120; ++row)
    for (size_t column = 0; column < kColumns; ++column) {
      const size_t of = row / 60 == column / 9 ? row % 60 : 60;
      rows.push_back(of < 60 ? half[of * 9 + column % 9] : 0);
    }
  // Without a part of the mean, so that the blocks do not share the row's being in one half or the other.
  for (size_t column = 0; column < kColumns; ++column) {
    float mean = 0;
    for (size_t row = 0; row < 120; ++row) mean += rows[row * kColumns + column] / 60;
    for (size_t row = 0; row < 120; ++row)
      if (row / 60 == column / 9) rows[row * kColumns + column] -= mean;
  }
  const std::vector<float> coefficients = uniform_numbers(kColumns, 3);
  const Line line({coefficients.begin(), coefficients.end()}, rows);
  const PreparedUnderTest prepared = line.prepare();
  EXPECT_THAT(prepared.method(), HasSubstr("100 pairs of opposite orders"));
  size_t within_one = 0, within_three = 0, count = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<float> row = uniform_numbers(kColumns, 10 + seed);
    const Explained found = prepared.explain(row);
    for (size_t block = 0; block < 2; ++block) {
      const size_t first = 9 * block;
      std::vector<float> block_rows,
          block_row(row.begin() + static_cast<ptrdiff_t>(first), row.begin() + static_cast<ptrdiff_t>(first) + 9);
      for (size_t r = 0; r < 120; ++r)
        for (size_t column = 0; column < 9; ++column) block_rows.push_back(rows[r * kColumns + first + column]);
      const Line part({coefficients.begin() + static_cast<ptrdiff_t>(first),
                       coefficients.begin() + static_cast<ptrdiff_t>(first) + 9},
                      block_rows);
      const std::vector<double> truth = part.explain(block_row).values;
      for (size_t column = 0; column < 9; ++column, ++count) {
        const double distance = std::abs(found.values[first + column] - truth[column]);
        within_one += distance <= found.errors[first + column] + 1e-9;
        within_three += distance <= 3 * found.errors[first + column] + 1e-9;
      }
    }
    double margin = 0;
    for (size_t column = 0; column < kColumns; ++column) margin += double{coefficients[column]} * row[column];
    EXPECT_NEAR(std::accumulate(found.values.begin(), found.values.end(), 0.0), margin, 1e-12);
  }
  EXPECT_GE(within_three, count * 95 / 100);
  EXPECT_LE(within_one, count * 85 / 100);
}

TEST(CorrelatedLinearShap, RefusesFewerRowsThanTellACovariance) {
  std::vector<float> rows = uniform_numbers(16, 1);
  rows[3] = std::nanf("");
  try {
    Line({1, 1, 1, 1}, rows).explain({0, 0, 0, 0});
    FAIL() << "found a covariance";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("there are 3"));
  }
}

TEST(LinearShap, HasInteractionsOnTheDiagonalAlone) {
  const Line line({3, -1}, {});
  const Explained found = line.prepare({{"dependence", "independent"}}).interact({0.5f, 2});
  EXPECT_THAT(found.values, ::testing::ElementsAre(1.5, 0, 0, -2));
  EXPECT_THROW(Line({3, -1}, uniform_numbers(20, 1)).prepare().interact({0.5f, 2}), Error);
}

}  // namespace
}  // namespace veleta::testing
