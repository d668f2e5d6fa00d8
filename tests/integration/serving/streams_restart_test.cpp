#include "watched_server.hpp"

namespace veleta::testing {
namespace {

TEST(StreamsOnSqlite, SurviveAServerThatIsKilledAndOneThatIsStopped) {
  RunningServer server;
  server.promote(server.publish({}));
  const std::string uri = "sqlite:///" + (server.folder() / "served.db").string();
  expect_streams_to_survive(server, [uri] { return open_store(uri); });
}

}  // namespace
}  // namespace veleta::testing
