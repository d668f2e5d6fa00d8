#include <gmock/gmock.h>

#include "plugin_folder.hpp"

namespace veleta::testing {
namespace {

TEST(StaticPlugins, AreListedAndUsedLikeLoadedOnes) {
  PluginHost host({});
  host.add_static(&veleta_library_entry);
  EXPECT_THAT(host.names(PluginKind::kDetector), ::testing::ElementsAre("mean_shift"));
  const auto& plugin = host.describe(PluginKind::kDetector, "mean_shift");
  EXPECT_EQ(plugin.library_digest, "");
  const auto detector = host.create_detector("mean_shift", default_values(plugin.params), {});
  EXPECT_EQ(detector->compare(NumericSample{{}, 50, 0, 10, 5}, NumericSample{{}, 50, 0, 13, 5}).effect, 3);
}

TEST(StaticPlugins, RefuseALibraryOfAnotherAbi) {
  PluginHost host({});
  EXPECT_EQ(error_of([&] { host.add_static([](uint32_t) -> const veleta_library* { return nullptr; }); }).code(),
            ErrorCode::kPlugin);
}

}  // namespace
}  // namespace veleta::testing
