#include "trees/link.hpp"

#include <gmock/gmock.h>
#include <cmath>

namespace veleta {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(EvaluateLinear, TakesMissingForTheMean) {
  const double coefficients[] = {2, -1}, means[] = {10, 20};
  const veleta_linear linear{sizeof(veleta_linear), 2, coefficients, means, 0.5, VELETA_IDENTITY};
  const float rows[] = {3, 4, NAN, 4, 3, NAN};
  std::vector<double> margins(3);
  evaluate_linear(linear, {rows, 3, 2, {}}, margins);
  EXPECT_THAT(margins, ElementsAre(2.5, 16.5, -13.5));
}

TEST(ApplyLink, MakesOneMarginAPrediction) {
  EXPECT_EQ(apply_link(VELETA_IDENTITY, -3), -3);
  EXPECT_EQ(apply_link(VELETA_LOGISTIC, 0), 0.5);
  EXPECT_NEAR(apply_link(VELETA_LOGISTIC, 2), 0.8807970779778823, 1e-16);
  EXPECT_EQ(apply_link(VELETA_LOGISTIC, -1000), 0);
  EXPECT_EQ(apply_link(VELETA_LOGISTIC, 1000), 1);
  EXPECT_EQ(apply_link(VELETA_EXPONENTIAL, 0), 1);
  EXPECT_NEAR(apply_link(VELETA_EXPONENTIAL, 2), 7.38905609893065, 1e-14);
  EXPECT_EQ(apply_link(VELETA_HINGE, 0.1), 1);
  EXPECT_EQ(apply_link(VELETA_HINGE, 0), 0);
  EXPECT_EQ(apply_link(VELETA_SOFTMAX, 5), 1);
}

TEST(ApplyLink, SharesOneOutAmongARowsOutputs) {
  std::vector<double> margins{0, std::log(2), std::log(5), 1000, 1000, -1000};
  apply_link(VELETA_SOFTMAX, 3, margins);
  EXPECT_THAT(margins, ElementsAre(DoubleNear(1.0 / 8, 1e-15), DoubleNear(2.0 / 8, 1e-15), DoubleNear(5.0 / 8, 1e-15),
                                   0.5, 0.5, 0));
}

TEST(ApplyLink, TakesOtherLinksOutputByOutput) {
  std::vector<double> margins{0, 1000, -1, 3};
  apply_link(VELETA_LOGISTIC, 2, margins);
  EXPECT_THAT(margins,
              ElementsAre(0.5, 1, DoubleNear(0.2689414213699951, 1e-16), DoubleNear(0.9525741268224334, 1e-16)));
}

}  // namespace
}  // namespace veleta
