#include "registry_behaviour.hpp"
#include "servers/servers.hpp"

// The behaviour of every registry, on MLflow as it is now and as it was.
namespace veleta {
namespace {

RegistryBackend mlflow(const std::string& name) {
  return {name, [name] { return testing::server_url(name); }, [](const std::string&) {}};
}

INSTANTIATE_TEST_SUITE_P(Mlflow, RegistryBehaviour, ::testing::Values(mlflow("mlflow3"), mlflow("mlflow2")),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace veleta
