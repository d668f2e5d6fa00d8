#include <filesystem>
#include <map>

#include "postgres_testing.hpp"
#include "queue_behaviour.hpp"
#include "streams_behaviour.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;
using testing::PostgresSchema;

std::map<std::string, std::unique_ptr<PostgresSchema>> schemas;  // by uri

std::string make_schema() {
  auto schema = std::make_unique<PostgresSchema>();
  const std::string uri = schema->uri();
  schemas[uri] = std::move(schema);
  return uri;
}

StoreOptions options_of(const std::string& uri) {
  StoreOptions options;
  options.blobs = (fs::temp_directory_path() / ("veleta-store-" + schemas.at(uri)->name())).string();
  return options;
}

void remove_schema(const std::string& uri) {
  fs::remove_all(options_of(uri).blobs);
  schemas.erase(uri);
}

const auto kBackends = ::testing::Values(StoreBackend{"postgres", make_schema, remove_schema, options_of});
std::string name_of(const ::testing::TestParamInfo<StoreBackend>& instance) { return instance.param.name; }
INSTANTIATE_TEST_SUITE_P(Postgres, StoreBehaviour, kBackends, name_of);
INSTANTIATE_TEST_SUITE_P(Postgres, QueueBehaviour, kBackends, name_of);
INSTANTIATE_TEST_SUITE_P(Postgres, StreamsBehaviour, kBackends, name_of);

}  // namespace
}  // namespace veleta
