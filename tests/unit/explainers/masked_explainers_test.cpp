#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <limits>

#include "any_model.hpp"

// What holds for every explainer that asks for margins alone.

namespace veleta::testing {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

/// Interactions of up to four features, and a jump.
double rugged(const float* x) { return 2 * x[0] - x[1] * x[2] + x[0] * x[1] * x[2] * x[3] + (x[3] > 0.1f ? 1 : 0); }

AnyModel rugged_model(size_t columns = 4, size_t background_rows = 20) {
  return {columns, uniform_numbers(background_rows * columns, 1), rugged};
}

class MaskedExplainer : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Plugins, MaskedExplainer, ::testing::Values("exact_shap", "permutation_shap", "kernel_shap"),
                         [](const auto& instance) { return instance.param; });

/// All orders of the few features of these tests, so that permutation_shap is exact too.
Settings exhaustive(const std::string& explainer) {
  return explainer == "permutation_shap" ? Settings{{"permutations", int64_t{2520}}} : Settings{};
}

TEST_P(MaskedExplainer, EqualsShapleysFormulaOnFewFeatures) {
  for (size_t columns = 4; columns <= 7; ++columns) {
    const AnyModel model = rugged_model(columns);
    const std::vector<float> row = uniform_numbers(columns, 2);
    const std::vector<double> game = game_of(model, row.data(), 0);
    const Explained found = PreparedUnderTest(GetParam(), model, exhaustive(GetParam())).explain(row);
    EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-12), shapley(game, columns)));
    EXPECT_NEAR(found.base_values[0], game[0], 1e-14);
    EXPECT_THAT(found.errors, Each(0));
  }
}

TEST_P(MaskedExplainer, ExplainsEachOutput) {
  const auto margins = [](const float* x, std::span<double> out) {
    out[0] = rugged(x);
    out[1] = -3 * x[1];
    out[2] = x[0] * x[3] + 1;
  };
  const AnyModel model(4, uniform_numbers(40, 1), 3, margins);
  const std::vector<float> rows = uniform_numbers(8, 2);
  const Explained found = PreparedUnderTest(GetParam(), model, exhaustive(GetParam())).explain(rows);
  for (size_t row = 0; row < 2; ++row)
    for (size_t output = 0; output < 3; ++output) {
      const std::vector<double> game = game_of(model, &rows[row * 4], output);
      const auto first = found.values.begin() + static_cast<ptrdiff_t>((row * 3 + output) * 4);
      EXPECT_THAT(std::vector<double>(first, first + 4), Pointwise(DoubleNear(1e-12), shapley(game, 4)));
      EXPECT_NEAR(found.base_values[output], game[0], 1e-14);
    }
}

TEST_P(MaskedExplainer, GivesWhatNeverDiffersNothingAndAsksNotForIt) {
  AnyModel model = rugged_model(6);
  for (size_t row = 0; row < 20; ++row) model.background[row * 6 + 1] = 0.5, model.background[row * 6 + 4] = kMissing;
  std::vector<float> row = uniform_numbers(6, 2);
  row[1] = 0.5;
  row[4] = kMissing;
  const PreparedUnderTest prepared(GetParam(), model, exhaustive(GetParam()));
  const Explained found = prepared.explain(row);
  EXPECT_EQ(found.values[1], 0);
  EXPECT_EQ(found.values[4], 0);
  EXPECT_NEAR(found.values[5], 0, 1e-14) << "the model does not use it";
  EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-12), shapley(game_of(model, row.data(), 0), 6)));
}

TEST_P(MaskedExplainer, ExplainsARowOfTheBackgroundByNothing) {
  const AnyModel model(4, uniform_numbers(4, 1), rugged);
  EXPECT_THAT(PreparedUnderTest(GetParam(), model).explain(model.background).values, Each(0));
}

TEST_P(MaskedExplainer, PassesMissingValuesOn) {
  AnyModel model(3, uniform_numbers(30, 1),
                 [](const float* x) { return (std::isnan(x[0]) ? 5 : x[0]) + (std::isnan(x[1]) ? -1 : x[1] * x[2]); });
  model.background[3] = kMissing;
  const std::vector<float> row{kMissing, 0.25f, 0.5f};
  EXPECT_THAT(PreparedUnderTest(GetParam(), model, exhaustive(GetParam())).explain(row).values,
              Pointwise(DoubleNear(1e-12), shapley(game_of(model, row.data(), 0), 3)));
}

TEST_P(MaskedExplainer, ExplainsProbabilities) {
  AnyModel model = rugged_model();
  model.link = Link::kLogistic;
  Settings settings = exhaustive(GetParam());
  settings["space"] = "prediction";
  const std::vector<float> row = uniform_numbers(4, 2);
  const auto logistic = [](std::span<double> margins) { margins[0] = 1 / (1 + std::exp(-margins[0])); };
  const std::vector<double> game = game_of(model, row.data(), 0, logistic);
  const PreparedUnderTest prepared(GetParam(), model, settings);
  EXPECT_EQ(prepared.space(), Space::kResponse);
  EXPECT_THAT(prepared.explain(row).values, Pointwise(DoubleNear(1e-12), shapley(game, 4)));
  EXPECT_NEAR(prepared.explain(row).base_values[0], game[0], 1e-14);
  EXPECT_EQ(PreparedUnderTest(GetParam(), model).space(), Space::kMargin);
}

TEST_P(MaskedExplainer, ExplainsProbabilitiesOfClasses) {
  const auto margins = [](const float* x, std::span<double> out) { out[0] = rugged(x), out[1] = x[1], out[2] = 800; };
  AnyModel model(4, uniform_numbers(40, 1), 3, margins);
  model.link = Link::kSoftmax;
  Settings settings = exhaustive(GetParam());
  settings["space"] = "prediction";
  const std::vector<float> row = uniform_numbers(4, 2);
  const auto softmax = [](std::span<double> found) {
    double sum = 0;
    for (double& margin : found) sum += margin = std::exp(margin - 800);
    for (double& margin : found) margin /= sum;
  };
  const Explained found = PreparedUnderTest(GetParam(), model, settings).explain(row);
  for (size_t output = 0; output < 3; ++output) {
    const auto first = found.values.begin() + static_cast<ptrdiff_t>(output * 4);
    EXPECT_THAT(std::vector<double>(first, first + 4),
                Pointwise(DoubleNear(1e-12), shapley(game_of(model, row.data(), output, softmax), 4)));
  }
}

TEST_P(MaskedExplainer, IsLinearInTheModel) {
  const auto background = uniform_numbers(60, 1);
  const std::vector<float> row = uniform_numbers(6, 2);
  const auto second = [](const float* x) { return std::sin(3.0 * x[4]) * x[5] * x[0]; };
  const auto explained = [&](const std::function<double(const float*)>& margin) {
    return PreparedUnderTest(GetParam(), AnyModel(6, background, margin)).explain(row).values;
  };
  const auto one = explained(rugged), other = explained(second);
  const auto both = explained([&](const float* x) { return 2 * rugged(x) - 3 * second(x); });
  for (size_t column = 0; column < 6; ++column) EXPECT_NEAR(both[column], 2 * one[column] - 3 * other[column], 1e-12);
}

TEST_P(MaskedExplainer, ExplainsRowsAloneAsTogetherAndTwiceTheSame) {
  constexpr size_t kColumns = 10;
  const AnyModel model(kColumns, uniform_numbers(kColumns * 50, 1), rugged);
  const Settings few = GetParam() == "kernel_shap" ? Settings{{"samples", int64_t{100}}} : Settings{};
  const std::vector<float> rows = uniform_numbers(kColumns * 3, 2);
  const PreparedUnderTest prepared(GetParam(), model, few);
  const Explained together = prepared.explain(rows);
  EXPECT_EQ(prepared.explain(rows), together);
  EXPECT_EQ(PreparedUnderTest(GetParam(), model, few).explain(rows), together);
  for (size_t row = 0; row < 3; ++row) {
    const auto first = rows.begin() + static_cast<ptrdiff_t>(row * kColumns);
    const Explained alone = prepared.explain({first, first + kColumns});
    for (size_t column = 0; column < kColumns; ++column) {
      EXPECT_EQ(alone.values[column], together.values[row * kColumns + column]);
      EXPECT_EQ(alone.errors[column], together.errors[row * kColumns + column]);
    }
  }
}

TEST_P(MaskedExplainer, KeepsBatchesSmallAndSkipsRowsThatDoNotChange) {
  constexpr size_t kColumns = 10, kRows = 100;
  AnyModel model(kColumns, uniform_numbers(kColumns * kRows, 1), rugged);
  const std::vector<float> row = uniform_numbers(kColumns, 2);
  const PreparedUnderTest prepared(GetParam(), model);
  prepared.explain(row);
  const size_t all = prepared.evaluations;
  EXPECT_GT(all, 5000u);
  EXPECT_LE(prepared.largest_batch, 4096u);
  for (size_t i = 0; i < model.background.size(); ++i)
    if (i / kColumns % 4 != 0) model.background[i] = row[i % kColumns];  // three rows of four equal the explained one
  const PreparedUnderTest repeated(GetParam(), model);
  repeated.explain(row);
  EXPECT_LT(repeated.evaluations, all / 4 + 2 * kRows);
}

TEST_P(MaskedExplainer, TakesAsManyBackgroundRowsAsItIsTold) {
  AnyModel model = rugged_model(4, 10);
  const std::vector<float> row = uniform_numbers(4, 2);
  Settings settings = exhaustive(GetParam());
  settings["background_rows"] = int64_t{5};
  const Explained found = PreparedUnderTest(GetParam(), model, settings).explain(row);
  std::vector<float> every_second;
  for (size_t i = 0; i < model.background.size(); ++i)
    if (i / 4 % 2 == 0) every_second.push_back(model.background[i]);
  model.background = every_second;
  EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-12), shapley(game_of(model, row.data(), 0), 4)));
}

TEST_P(MaskedExplainer, RefusesAModelThatCameWithoutRows) {
  try {
    PreparedUnderTest(GetParam(), AnyModel(4, {}, rugged));
    FAIL() << "prepared something";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("rows of its training data"));
  }
}

TEST_P(MaskedExplainer, EndsWhereItIsCancelledAndTellsHowFarItIs) {
  const AnyModel model = rugged_model();
  PluginServices services;
  std::vector<double> told;
  bool cancelled = false;
  services.progress = [&](double fraction, const std::string&) { told.push_back(fraction); };
  services.is_cancelled = [&] { return cancelled; };
  const PreparedUnderTest prepared(GetParam(), model, {}, services);
  prepared.explain(uniform_numbers(16, 2));
  EXPECT_THAT(told, ElementsAre(0.25, 0.5, 0.75, 1));
  cancelled = true;
  try {
    prepared.explain(uniform_numbers(4, 2));
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
}

}  // namespace
}  // namespace veleta::testing
