#include "dependence_partner.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <random>

namespace veleta {
namespace {

TEST(DependencePartner, GoesAlongWithWhatTheColumnItselfLeaves) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> x, attributions;
  std::vector<std::vector<double>> others(3);
  for (int row = 0; row < 300; ++row) {
    x.push_back(uniform(random));
    for (auto& other : others) other.push_back(uniform(random));
    attributions.push_back(5 * x.back() + x.back() * others[2].back());
  }
  EXPECT_EQ(partner_by_residuals(attributions, x, others), 2U);
  for (size_t row = 0; row < x.size(); row += 3) others[2][row] = std::nan("");
  EXPECT_EQ(partner_by_residuals(attributions, x, others), 2U) << "missing cells take no part";
  others[2].clear();
  EXPECT_NE(partner_by_residuals(attributions, x, others), 2U) << "the column itself is left out";
}

TEST(DependencePartner, IsNobodyWhereNothingVaries) {
  const std::vector<double> same(30, 1), x(30, 2);
  EXPECT_FALSE(partner_by_residuals(same, x, {same, x}));
  EXPECT_FALSE(partner_by_residuals({}, {}, {{}}));
}

}  // namespace
}  // namespace veleta
