#include <gtest/gtest.h>

#include "test_plugins.hpp"

extern "C" int veleta_abi_is_c11(void);

namespace veleta::testing {
namespace {

TEST(Abi, IsPlainC11) { EXPECT_EQ(veleta_abi_is_c11(), 1); }

TEST(Abi, AnswersItsOwnVersionAlone) {
  ASSERT_NE(veleta_library_entry(1), nullptr);
  EXPECT_EQ(veleta_library_entry(1)->abi_version, 1u);
  EXPECT_EQ(veleta_library_entry(0), nullptr);
  EXPECT_EQ(veleta_library_entry(2), nullptr);
}

TEST(Abi, OneLibraryHoldsPluginsOfAllKinds) {
  EXPECT_EQ(veleta_library_entry(1)->plugin_count, 4u);
  EXPECT_EQ(plugin("two_batches").kind, VELETA_KIND_SOURCE);
  EXPECT_EQ(plugin("moody").kind, VELETA_KIND_DETECTOR);
  EXPECT_EQ(plugin("nothing").kind, VELETA_KIND_EXPLAINER);
  EXPECT_EQ(plugin("stump").kind, VELETA_KIND_LEARNER);
  EXPECT_EQ(plugin("stump").flags, VELETA_NEEDS_COMPLETE);
  EXPECT_STREQ(plugin("stump").version, "2.1.0");
}

TEST(Abi, DetectorsOfOneKindOfColumnLeaveTheOtherNull) {
  const TestInstance moody("moody");
  EXPECT_NE(moody.verbs<veleta_detector>().compare_numeric, nullptr);
  EXPECT_EQ(moody.verbs<veleta_detector>().compare_categorical, nullptr);
}

}  // namespace
}  // namespace veleta::testing
