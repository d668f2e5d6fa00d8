#pragma once

#include "base/json.hpp"
#include "meddling_proxy.hpp"
#include "registry_behaviour.hpp"
#include "servers/servers.hpp"

namespace veleta {

using ::testing::AllOf;
using testing::Answer;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MeddlingProxy;
using ::testing::Not;
using testing::Passing;
using testing::server_url;
using ::testing::SizeIs;
using Texts = std::map<std::string, std::string>;

/// An environment variable for as long as this lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* const name_;
};

/// A registry whose requests to a real server pass through a proxy, on each MLflow in turn.
class MlflowThroughProxy : public ::testing::TestWithParam<const char*> {
 protected:
  bool is_3() const { return GetParam() == std::string("mlflow3"); }
  Registry& registry() { return *registry_; }
  /// Another host's.
  std::unique_ptr<Registry> host() const { return open_registry(proxy_.url()); }

  std::string new_run() { return registry().create_run(experiment_, new_id(), "a run", {}).id; }
  int new_version(const Texts& files = kFiles) {
    return registry().create_version(model_, new_run(), files, "", {}).version;
  }
  int aliased() {
    const auto version = registry().version_by_alias(model_, kProductionAlias);
    return version ? version->version : 0;
  }
  bool move(int version, std::optional<int> expected) {
    return registry().move_alias(model_, kProductionAlias, version, expected);
  }

  /// A call past the registry and the proxy, as a person or another client makes it.
  json::object call(const char* method, const std::string& path, const json::object& body = {}) {
    const std::string text = body.empty() ? "" : json::serialize(body);
    http::Client client({});
    const auto response = client.send({.method = method,
                                       .url = server_url(GetParam()) + "/api/2.0/mlflow/" + path,
                                       .headers = {{"Content-Type", "application/json"}},
                                       .body = text});
    EXPECT_EQ(response.status, 200) << path << ": " << response.body;
    return parse_json(response.body, path).as_object();
  }
  void set_alias(int version) {
    call("POST", "registered-models/alias",
         {{"name", model_}, {"alias", kProductionAlias}, {"version", std::to_string(version)}});
  }

  /// Answers the next `times` calls of a method on a path that ends so, instead of the server.
  void answer_next(int times, const std::string& method, const std::string& path_end, const Answer& answer) {
    proxy_.before([=, left = times](Passing& request) mutable -> std::optional<Answer> {
      if (!request.is(method, path_end) || left == 0) return std::nullopt;
      --left;
      return answer;
    });
  }
  size_t count_of(const std::string& method, const std::string& path_end) {
    const auto seen = proxy_.seen();
    return static_cast<size_t>(std::count_if(seen.begin(), seen.end(), [&](const std::string& each) {
      return each.starts_with(method + " ") && each.ends_with(path_end);
    }));
  }

  const std::string experiment_ = "experiment-" + new_id();
  const std::string model_ = "model-" + new_id();
  MeddlingProxy proxy_{server_url(GetParam())};
  std::unique_ptr<Registry> registry_ = host();
};

inline std::string error_text(const std::string& code, const std::string& message) {
  return json::serialize(json::object{{"error_code", code}, {"message", message}});
}

}  // namespace veleta
