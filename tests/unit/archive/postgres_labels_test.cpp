#include <gtest/gtest.h>

#include "base/ids.hpp"
#include "moved_labels.hpp"
#include "postgres_testing.hpp"

namespace veleta::testing {
namespace {

namespace fs = std::filesystem;

TEST(ArchivedLabelsOnPostgres, MoveThereAndBackAndRepeatedChangeNothing) {
  const fs::path folder = fs::temp_directory_path() / ("veleta-archive-" + new_id());
  const PostgresSchema schema;
  StoreOptions options;
  options.blobs = (folder / "blobs").string();
  const std::string registry = "sqlite:///" + (folder / "registry.db").string();
  expect_labels_to_move({open_store(schema.uri(), options), open_registry(registry)}, folder);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace veleta::testing
