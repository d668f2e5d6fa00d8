#include <gmock/gmock.h>

#include "quickstart.hpp"
#include "test_client.hpp"

namespace veleta::test {
namespace {

using veleta::testing::ask;
using veleta::testing::TestClient;

/// More clients than the stand-in has file descriptors for; once they have left, it serves on.
TEST(DataApi, OutlivesMoreClientsThanItCanHold) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "without a free descriptor, UndefinedBehaviorSanitizer cannot check a pointer and ends the program";
#endif
  const Folder folder;
  Process api("/usr/bin/bash", {"-c", "ulimit -n 20; exec '" + binary("veleta-data-api").string() + "' --port 0"},
              folder / "api.log");
  const uint16_t port = await_port(api);
  {
    std::vector<std::unique_ptr<TestClient>> crowd;
    for (int client = 0; client < 40; ++client) crowd.push_back(std::make_unique<TestClient>(port));
    EXPECT_EQ(crowd.front()->ask("GET", "/nowhere").status, 404);
  }
  EXPECT_EQ(ask(port, "GET", "/nowhere").status, 404);
  EXPECT_TRUE(api.is_running());
}

}  // namespace
}  // namespace veleta::test
