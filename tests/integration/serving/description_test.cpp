#include <gmock/gmock.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <set>

#include "running_server.hpp"

namespace veleta::testing {
namespace {

/// "GET /healthz" of each route that the index lists; HEAD goes with GET.
std::set<std::string> listed(const json::object& index) {
  std::set<std::string> routes;
  for (const auto& [path, methods] : index.at("routes").as_object()) {
    std::string rest(methods.as_string());
    for (size_t comma = 0; comma != std::string::npos; rest = rest.substr(std::min(rest.size(), comma + 2))) {
      comma = rest.find(", ");
      if (const std::string method = rest.substr(0, comma); method != "HEAD")
        routes.insert(method + " " + std::string(path));
    }
  }
  return routes;
}

std::set<std::string> described(const json::object& description) {
  std::set<std::string> routes;
  for (const auto& [path, methods] : description.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object()) {
      EXPECT_NE(text_or_empty(operation.as_object(), "summary"), "") << method << " " << path;
      EXPECT_FALSE(operation.at("responses").as_object().empty()) << method << " " << path;
      routes.insert(boost::algorithm::to_upper_copy(std::string(method)) + " " + std::string(path));
    }
  return routes;
}

TEST(Description, HasEveryRouteOfTheServer) {
  RunningServer server;
  server.start();
  const std::set<std::string> routes = listed(body_of(server.ask("GET", "/")));
  EXPECT_TRUE(routes.contains("POST /predict"));
  EXPECT_TRUE(routes.contains("PUT /v1/pipelines/{pipeline}/runs/{run_id}"));
  EXPECT_EQ(described(body_of(server.ask("GET", "/openapi.json"))), routes);
}

}  // namespace
}  // namespace veleta::testing
