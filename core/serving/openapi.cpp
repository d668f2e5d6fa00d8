#include "openapi.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include "http_problem.hpp"

namespace veleta {

namespace {

json::object reference_to(const std::string& schema) { return {{"$ref", "#/components/schemas/" + schema}}; }

json::object content_of(const std::string& type, const std::string& schema) {
  return {{type, json::object{{"schema", schema.empty() ? json::object() : reference_to(schema)}}}};
}

json::object contents_of(const std::string& type, const RouteDoc& doc) {
  json::object contents = content_of(type, doc.schema);
  for (const std::string& other : doc.other_types) contents[other] = {{"schema", json::object{{"type", "string"}}}};
  return contents;
}

json::array parameters_of(const HttpRoute& route, const RouteDoc& doc) {
  json::array parameters;
  for (const std::string& name : route.parameter_names())
    parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  for (const QueryParameter& parameter : doc.query)
    parameters.push_back({{"name", parameter.name},
                          {"in", "query"},
                          {"required", false},
                          {"description", parameter.text},
                          {"schema", {{"type", parameter.type}}}});
  return parameters;
}

/// With those that the server tells in the route's stead.
std::map<int, std::string> problems_of(const HttpRoute& route, const RouteDoc& doc) {
  auto problems = doc.problems;
  if (route.needs_token) problems.emplace(401, "the server has a token, and the request has not; told after a pause");
  if (!route.checks_query()) return problems;
  problems.emplace(400, "a '%' in the path or the query is followed by no two hexadecimal digits");
  problems.emplace(422, "the query has a parameter that the route does not take, or a wrong value");
  return problems;
}

json::object responses_of(const HttpRoute& route, const std::string& method, const RouteDoc& doc) {
  json::object responses;
  const std::string type = doc.type.empty() ? "application/json" : doc.type;
  for (const auto& [status, text] : doc.replies)
    responses[std::to_string(status)] = {{"description", text}, {"content", contents_of(type, doc)}};
  if (route.has_tags() && method == "GET")
    responses["304"] = {{"description", "as it was: If-None-Match has the ETag of the reply"}};
  for (const auto& [status, text] : problems_of(route, doc))
    responses[std::to_string(status)] = {{"description", text},
                                         {"content", content_of("application/problem+json", "Problem")}};
  return responses;
}

json::object operation_of(const HttpRoute& route, const std::string& method, const RouteDoc& doc) {
  json::object operation{{"operationId", boost::algorithm::to_lower_copy(method) + " " + route.path},
                         {"summary", doc.summary},
                         {"responses", responses_of(route, method, doc)}};
  if (json::array parameters = parameters_of(route, doc); !parameters.empty())
    operation["parameters"] = std::move(parameters);
  if (!doc.body.empty())
    operation["requestBody"] = {{"required", doc.needs_body}, {"content", content_of("application/json", doc.body)}};
  if (route.needs_token) operation["security"] = json::array{json::object{{"token", json::array()}}, json::object()};
  return operation;
}

}  // namespace

json::object openapi_of(const HttpRouter& router) {
  json::object paths;
  for (const auto& [path, route] : router.routes()) {
    json::object item;
    for (const auto& [method, operation] : route.operations)
      item[boost::algorithm::to_lower_copy(method)] = operation_of(route, method, operation.doc);
    paths[path] = std::move(item);
  }
  return {
      {"openapi", "3.1.0"},
      {"info", {{"title", "Veleta"}, {"version", "1"}, {"summary", "Predictions, and hooks for schedulers"}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", openapi_schemas()}, {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace veleta
