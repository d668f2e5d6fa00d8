#include <filesystem>

#include "base/ids.hpp"
#include "queue_behaviour.hpp"
#include "streams_behaviour.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "sqlite:///";

std::string make_embedded() {
  return std::string(kScheme) + (fs::temp_directory_path() / ("veleta-store-" + new_id()) / "veleta.db").string();
}

void remove_embedded(const std::string& uri) { fs::remove_all(fs::path(uri.substr(kScheme.size())).parent_path()); }

const auto kBackends = ::testing::Values(StoreBackend{"sqlite", make_embedded, remove_embedded});
std::string name_of(const ::testing::TestParamInfo<StoreBackend>& instance) { return instance.param.name; }
INSTANTIATE_TEST_SUITE_P(Embedded, StoreBehaviour, kBackends, name_of);
INSTANTIATE_TEST_SUITE_P(Embedded, QueueBehaviour, kBackends, name_of);
INSTANTIATE_TEST_SUITE_P(Embedded, StreamsBehaviour, kBackends, name_of);

}  // namespace
}  // namespace veleta
