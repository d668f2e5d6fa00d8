#include <filesystem>
#include <string_view>

#include "registry_behaviour.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "sqlite:///";

std::string make_embedded() {
  return std::string(kScheme) + (fs::temp_directory_path() / ("veleta-registry-" + new_id()) / "veleta.db").string();
}

void remove_embedded(const std::string& uri) { fs::remove_all(fs::path(uri.substr(kScheme.size())).parent_path()); }

INSTANTIATE_TEST_SUITE_P(Embedded, RegistryBehaviour,
                         ::testing::Values(RegistryBackend{"sqlite", make_embedded, remove_embedded}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace veleta
