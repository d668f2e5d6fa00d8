#include "postgres_testing.hpp"
#include "watched_server.hpp"

namespace veleta::testing {
namespace {

TEST(StreamsOnPostgres, SurviveAServerThatIsKilledAndOneThatIsStopped) {
  RunningServer server;
  server.promote(server.publish({}));
  const PostgresSchema schema;
  StoreOptions options;
  options.blobs = (server.folder() / "blobs").string();
  expect_streams_to_survive(server, [&] { return open_store(schema.uri(), options); });
}

}  // namespace
}  // namespace veleta::testing
