#include "http_router.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http_problem.hpp"
#include "http_target.hpp"

namespace veleta {

namespace {

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

std::string name_of(std::string_view parameter) { return std::string(parameter.substr(1, parameter.size() - 2)); }

std::vector<std::string> texts(const std::vector<std::string_view>& segments) {
  return {segments.begin(), segments.end()};
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return std::ranges::equal(pattern, segments, [](const std::string& wanted, const std::string& found) {
    return is_parameter(wanted) ? !found.empty() : wanted == found;
  });
}

HttpFields parameters_of(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  HttpFields parameters;
  for (size_t i = 0; i < pattern.size(); ++i)
    if (is_parameter(pattern[i])) parameters.emplace_back(name_of(pattern[i]), segments[i]);
  return parameters;
}

}  // namespace

const HttpOperation& HttpRoute::operation(const std::string& method) const {
  const auto found = operations.find(method == "HEAD" ? "GET" : method);
  if (found == operations.end())
    throw HttpProblem(405, "This route answers " + allowed() + ".").add_header("Allow", allowed());
  return found->second;
}

std::string HttpRoute::allowed() const {
  std::vector<std::string> methods;
  for (const auto& [method, operation] : operations) {
    methods.push_back(method);
    if (method == "GET") methods.push_back("HEAD");
  }
  return join(methods, ", ");
}

std::vector<std::string> HttpRoute::parameter_names() const {
  std::vector<std::string> names;
  for (const auto segment : path_segments(path))
    if (is_parameter(segment)) names.push_back(name_of(segment));
  return names;
}

HttpRoute& HttpRouter::add(const std::string& method, const std::string& path, RouteHandler handler, RouteDoc doc) {
  const auto [found, is_new] = routes_.try_emplace(path);
  HttpRoute& route = found->second;
  route.operations[method] = {std::move(handler), std::move(doc)};
  if (!is_new) return route;
  route.path = path;
  templates_.push_back({texts(path_segments(path)), &route});
  // '{' sorts after letters: a literal segment comes before a parameter in its place.
  std::ranges::sort(templates_, {}, &Template::segments);
  if (route.parameter_names().empty()) literals_[found->first] = &route;
  return route;
}

void HttpRouter::match(HttpRequest& request) const {
  if (const auto found = literals_.find(request.path); found != literals_.end()) {
    request.route = found->second;
    return;
  }
  Segments segments;
  for (const auto raw : path_segments(request.path)) {
    auto decoded = percent_decoded(raw);
    request.has_bad_escape = request.has_bad_escape || !decoded;
    segments.push_back(decoded ? std::move(*decoded) : std::string(raw));
  }
  const auto found = std::ranges::find_if(templates_, [&](const Template& t) { return fits(t.segments, segments); });
  if (found == templates_.end()) return;
  request.route = found->route;
  request.path_parameters = parameters_of(found->segments, segments);
}

HttpProblem HttpRouter::no_route(const std::string& path) const {
  std::vector<std::string> paths;
  for (const auto& [known, route] : routes_)
    if (known.size() > 1) paths.push_back(known);
  HttpProblem problem(404, "There is no such route; GET / lists them." + did_you_mean(path, paths));
  problem.with_code("no-such-route");
  return problem;
}

}  // namespace veleta
