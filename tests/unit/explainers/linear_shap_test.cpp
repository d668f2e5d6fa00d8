#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugin_under_test.hpp"

namespace veleta::testing {
namespace {

using ::testing::ElementsAre;

Attributions explain(const std::vector<double>& coefficients, const std::vector<double>& means, double intercept,
                     const std::vector<float>& rows) {
  const veleta_linear model{sizeof model, coefficients.size(), coefficients.data(),
                            means.data(), intercept,           VELETA_IDENTITY};
  const ExplainerUnderTest explainer("linear_shap", coefficients.size(), nullptr, &model);
  return explainer.explain({rows.data(), rows.size() / coefficients.size(), coefficients.size(), {}});
}

// shap, tests/explainers/test_linear.py: beta [1, 0, 0], mean 0, x = 1, features independent.
TEST(LinearShap, AgreesWithShapsIndependentExample) {
  EXPECT_THAT(explain({1, 0, 0}, {0, 0, 0}, 0, {1, 1, 1}).values, ElementsAre(1, 0, 0));
}

// f(x) = x0 + 2 x1 explained against its mean: (x - mean) * [1, 2, 0].
TEST(LinearShap, AttributesTheDistanceFromTheMean) {
  const Attributions found = explain({1, 2, 0}, {0.5, -1, 3}, 10, {1, 1, 1, 0.5, -1, 3});
  EXPECT_EQ(found.base_value, 10 + 0.5 - 2);
  EXPECT_THAT(found.values, ElementsAre(0.5, 4, 0, 0, 0, 0));
}

TEST(LinearShap, RefusesModelsThatAreNotLinear) {
  try {
    ExplainerUnderTest("linear_shap", 2, nullptr, nullptr);
    FAIL() << "prepared nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

}  // namespace
}  // namespace veleta::testing
