#include "http_router.hpp"

#include "base/text.hpp"
#include "http_problem.hpp"

namespace veleta {

const RouteHandler& HttpRoute::handler(const std::string& method) const {
  const auto found = handlers.find(method == "HEAD" ? "GET" : method);
  if (found == handlers.end())
    throw HttpProblem(405, "This route answers " + allowed() + ".").add_header("Allow", allowed());
  return found->second;
}

std::string HttpRoute::allowed() const {
  std::vector<std::string> methods;
  for (const auto& [method, handler] : handlers) {
    methods.push_back(method);
    if (method == "GET") methods.push_back("HEAD");
  }
  return join(methods, ", ");
}

HttpRoute& HttpRouter::add(const std::string& method, const std::string& path, RouteHandler handler) {
  HttpRoute& route = routes_[path];
  route.handlers[method] = std::move(handler);
  return route;
}

const HttpRoute& HttpRouter::find(const std::string& path) const {
  if (const auto found = routes_.find(path); found != routes_.end()) return found->second;
  std::vector<std::string> paths;
  for (const auto& [known, route] : routes_)
    if (known.size() > 1) paths.push_back(known);
  throw HttpProblem(404, "There is no such route; GET / lists them." + did_you_mean(path, paths));
}

}  // namespace veleta
