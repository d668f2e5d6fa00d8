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

/// Each member of a reply is described, and each that must be there is.
void expect_fits(const json::object& reply, const json::object& description, const std::string& schema) {
  const json::value& described = description.at("components").at("schemas").at(schema);
  for (const auto& name : described.at("required").as_array())
    EXPECT_TRUE(reply.contains(name.as_string())) << schema << " lacks " << name;
  for (const auto& [name, value] : reply)
    EXPECT_TRUE(described.at("properties").as_object().contains(name)) << schema << " has " << name;
}

std::string schema_of(const json::object& description, const std::string& method, const std::string& path) {
  const json::value& reply = description.at("paths").at(path).at(method).at("responses").at("200");
  return std::string(reply.at("content").at("application/json").at("schema").at("$ref").as_string());
}

class DescriptionOf : public ::testing::TestWithParam<Task> {};

TEST_P(DescriptionOf, FitsPredictionsAndTheModelsCard) {
  RunningServer server;
  Recipe recipe;
  recipe.task = GetParam();
  server.promote(server.publish(recipe));
  server.start();
  const json::object description = body_of(server.ask("GET", "/openapi.json"));
  EXPECT_EQ(schema_of(description, "post", "/predict"), "#/components/schemas/Predictions");
  EXPECT_EQ(schema_of(description, "get", "/model"), "#/components/schemas/Model");
  for (const char* query : {"", "?explain=top1", "?explain=all&interactions=top1"})
    for (const char* body : {"{}", R"({"rows": [{}, {}]})"})
      expect_fits(body_of(server.ask("POST", std::string("/predict") + query, body)), description, "Predictions");
  const json::object card = body_of(server.ask("GET", "/model"));
  expect_fits(card, description, "Model");
  EXPECT_EQ(card.at("target").at("task"), GetParam() == Task::kRegression ? "regression" : "binary");
}

INSTANTIATE_TEST_SUITE_P(Tasks, DescriptionOf, ::testing::Values(Task::kRegression, Task::kBinary));

}  // namespace
}  // namespace veleta::testing
