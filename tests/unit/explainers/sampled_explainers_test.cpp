#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <numeric>

#include "any_model.hpp"

// What holds for explainers that estimate, and for their standard errors.

namespace veleta::testing {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Pointwise;

constexpr size_t kColumns = 12;

/// All features interact, but the last two, which it does not use.
double tangled(const float* x) {
  double product = 1;
  for (size_t i = 0; i < 10; ++i) product *= 1 + 0.8 * x[i];
  return product + (x[0] * x[1] > 0.1f ? 2 : 0) - 3 * std::abs(x[2] + x[3] * x[4]);
}

AnyModel tangled_model() { return {kColumns, uniform_numbers(kColumns * 10, 1), tangled}; }

Settings few(const std::string& explainer, int64_t seed) {
  if (explainer == "kernel_shap") return {{"samples", int64_t{200}}, {"seed", seed}};
  return {{"permutations", int64_t{10}}, {"seed", seed}};
}

class Sampled : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Plugins, Sampled, ::testing::Values("permutation_shap", "kernel_shap"),
                         [](const auto& instance) { return instance.param; });

TEST_P(Sampled, TellsHowFarItIsFromTheTruth) {
  const AnyModel model = tangled_model();
  size_t count = 0, within_one = 0, within_three = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<float> row = uniform_numbers(kColumns, 100 + seed);
    const std::vector<double> truth =
        PreparedUnderTest("exact_shap", model, {{"max_features", int64_t{12}}}).explain(row).values;
    const Explained found =
        PreparedUnderTest(GetParam(), model, few(GetParam(), static_cast<int64_t>(seed))).explain(row);
    for (size_t column = 0; column < 10; ++column, ++count) {
      const double distance = std::abs(found.values[column] - truth[column]);
      within_one += distance <= found.errors[column];
      within_three += distance <= 3 * found.errors[column];
    }
  }
  EXPECT_GE(static_cast<double>(within_three), 0.95 * static_cast<double>(count));
  // Errors that are far too large would pass that, too. One of a normal estimate holds 68 %.
  EXPECT_LE(static_cast<double>(within_one), 0.85 * static_cast<double>(count));
}

TEST_P(Sampled, AddsUpOnMoreFeaturesThanAWordHasBits) {
  constexpr size_t kMany = 70;
  const AnyModel model(kMany, uniform_numbers(kMany * 5, 1),
                       [](const float* x) { return tangled(x) + std::exp(double{x[66]} + double{x[67]} * x[68]); });
  const std::vector<float> row = uniform_numbers(kMany, 2);
  const Explained found = PreparedUnderTest(GetParam(), model).explain(row);
  double margin = 0;
  model.margins(row.data(), {&margin, 1});
  EXPECT_NEAR(std::accumulate(found.values.begin(), found.values.end(), found.base_values[0]), margin, 1e-10);
  EXPECT_GT(found.errors[66], 0);
}

TEST_P(Sampled, ComesNearerTheMoreItAsks) {
  const AnyModel model = tangled_model();
  const std::vector<float> row = uniform_numbers(kColumns, 3);
  const auto error_of = [&](int64_t permutations, int64_t samples) {
    const Settings settings =
        GetParam() == "kernel_shap" ? Settings{{"samples", samples}} : Settings{{"permutations", permutations}};
    const std::vector<double> errors = PreparedUnderTest(GetParam(), model, settings).explain(row).errors;
    return std::accumulate(errors.begin(), errors.end(), 0.0);
  };
  EXPECT_LT(error_of(400, 1600), 0.5 * error_of(25, 150));
}

TEST_P(Sampled, GivesOtherEstimatesForAnotherSeed) {
  const AnyModel model = tangled_model();
  const std::vector<float> row = uniform_numbers(kColumns, 3);
  EXPECT_NE(PreparedUnderTest(GetParam(), model, few(GetParam(), 1)).explain(row).values,
            PreparedUnderTest(GetParam(), model, few(GetParam(), 2)).explain(row).values);
}

TEST_P(Sampled, IsExactWhereNoMoreThanTwoFeaturesInteract) {
  const AnyModel model(kColumns, uniform_numbers(kColumns * 10, 1), [](const float* x) {
    const auto at = [x](size_t column) { return double{x[column]}; };
    return at(0) * at(2) + at(1) - at(3) * std::sin(5 * at(4)) + std::exp(at(5)) * at(11);
  });
  const std::vector<float> row = uniform_numbers(kColumns, 2);
  const auto truth = PreparedUnderTest("exact_shap", model, {{"max_features", int64_t{12}}}).explain(row).values;
  const Explained found = PreparedUnderTest(GetParam(), model, few(GetParam(), 1)).explain(row);
  EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-12), truth));
  EXPECT_THAT(found.errors, Each(Le(1e-12)));
}

TEST(PermutationShap, GivesUnusedFeaturesExactlyNothing) {
  const AnyModel model = tangled_model();
  const Explained found = PreparedUnderTest("permutation_shap", model).explain(uniform_numbers(kColumns, 2));
  EXPECT_EQ(found.values[10], 0);
  EXPECT_EQ(found.values[11], 0);
  EXPECT_EQ(found.errors[11], 0);
}

TEST(PermutationShap, AsksAsOftenAsItsPageSays) {
  const AnyModel model = tangled_model();
  const PreparedUnderTest prepared("permutation_shap", model);
  const size_t before = prepared.evaluations;
  prepared.explain(uniform_numbers(kColumns, 2));
  const size_t told = 10 * 2 * (kColumns - 1) * 10 + 1, asked = prepared.evaluations - before;
  EXPECT_LE(asked, told);
  EXPECT_GE(asked, told - 9 * 10) << "nine times a pair may begin with the coalition that the last one ended with";
  EXPECT_EQ(prepared.method(), "10 pairs of opposite orders, 10 background rows");
}

TEST(KernelShap, AsksForNoMoreCoalitionsThanItsSamples) {
  const AnyModel model = tangled_model();
  const PreparedUnderTest prepared("kernel_shap", model, {{"samples", int64_t{500}}});
  const size_t before = prepared.evaluations;
  prepared.explain(uniform_numbers(kColumns, 2));
  EXPECT_LE(prepared.evaluations - before, 500u * 10 + 1);
  EXPECT_THAT(prepared.method(), HasSubstr("500 coalitions, 10 background rows"));
}

TEST(KernelShap, AsksForAllCoalitionsWhereItsSamplesHoldThem) {
  const AnyModel model = tangled_model();
  const std::vector<float> row = uniform_numbers(kColumns, 2);
  const PreparedUnderTest prepared("kernel_shap", model, {{"samples", int64_t{4094}}});
  const Explained found = prepared.explain(row);
  EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-11), shapley(game_of(model, row.data(), 0), kColumns)));
  EXPECT_THAT(found.errors, Each(0));
  EXPECT_THAT(PreparedUnderTest("kernel_shap", model, {{"samples", int64_t{5000}}}).method(), HasSubstr("4094 coal"));
}

TEST(ExactShap, FindsInteractions) {
  const AnyModel model(5, uniform_numbers(50, 1), 2, [](const float* x, std::span<double> out) {
    out[0] = x[0] * x[1] * x[2] + std::sin(4 * x[3] + x[0]);
    out[1] = x[3] - x[4] * x[2];
  });
  const std::vector<float> rows = uniform_numbers(10, 2);
  const PreparedUnderTest prepared("exact_shap", model);
  const Explained found = prepared.interact(rows);
  for (size_t row = 0; row < 2; ++row)
    for (size_t output = 0; output < 2; ++output) {
      const std::vector<double> game = game_of(model, &rows[row * 5], output);
      const auto first = found.values.begin() + static_cast<ptrdiff_t>((row * 2 + output) * 25);
      EXPECT_THAT(std::vector<double>(first, first + 25), Pointwise(DoubleNear(1e-12), interactions_of(game, 5)));
      EXPECT_NEAR(found.base_values[output], game[0], 1e-14);
    }
}

TEST(ExactShap, RefusesMoreFeaturesThanItsLimit) {
  try {
    PreparedUnderTest("exact_shap", tangled_model());
    FAIL() << "took twelve features";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("at most max_features = 10 of them, this one has 12"));
  }
}

}  // namespace
}  // namespace veleta::testing
