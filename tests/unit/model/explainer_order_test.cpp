#include "explainer_order.hpp"

#include <gmock/gmock.h>

#include "test_plugins.hpp"

namespace veleta::testing {
namespace {

using ::testing::ElementsAre;

class ExplainerOrder : public ::testing::Test {
 protected:
  ExplainerOrder() : plugins_({}) { add_linked_plugins(plugins_); }
  PluginHost plugins_;
};

TEST_F(ExplainerOrder, PutsExactBeforeDearBeforeEstimatedAndApproximationsNowhere) {
  EXPECT_THAT(explainers_to_try(plugins_, ""),
              ElementsAre("linear_shap", "test_first_feature", "tree_shap", "c_any_model", "b_sampled"));
}

TEST_F(ExplainerOrder, PutsThePreferredFirst) {
  EXPECT_THAT(explainers_to_try(plugins_, "b_sampled"),
              ElementsAre("b_sampled", "linear_shap", "test_first_feature", "tree_shap", "c_any_model"));
  EXPECT_EQ(explainers_to_try(plugins_, "a_only_by_name").front(), "a_only_by_name");
  EXPECT_EQ(explainers_to_try(plugins_, "not_installed").front(), "not_installed");
}

}  // namespace
}  // namespace veleta::testing
