#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "registry/registry.hpp"
#include "veleta/error.hpp"

namespace veleta {

/// A kind of registry that the behaviour is tested on.
struct RegistryBackend {
  std::string name;
  std::function<std::string()> make;                   ///< the uri of a registry; others may be using it too
  std::function<void(const std::string& uri)> remove;  ///< what make made
};
inline void PrintTo(const RegistryBackend& backend, std::ostream* out) { *out << backend.name; }

/// The Error that a call throws.
template <typename Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return {ErrorCode::kInternal, "no Error was thrown"};
}

template <typename Call>
ErrorCode code_of(Call call) {
  return error_of(call).code();
}

/// The least that a version is made of.
inline const std::map<std::string, std::string> kFiles{{"card.json", "{}"}};

/// What every registry does, wherever it keeps things. Knows the interface alone, and shares no name with another test.
class RegistryBehaviour : public ::testing::TestWithParam<RegistryBackend> {
 protected:
  RegistryBehaviour() : uri_(GetParam().make()), registry_(open_registry(uri_)) {}
  ~RegistryBehaviour() override {
    registry_.reset();
    GetParam().remove(uri_);
  }

  Registry& registry() { return *registry_; }
  void reopen() {
    registry_.reset();
    registry_ = open_registry(uri_);
  }

  /// A new run of the test's experiment.
  std::string new_run() { return registry().create_run(experiment_, new_id(), "a run", {}).id; }
  /// A new version of a model, of a run of its own.
  int new_version(const std::string& model) {
    return registry().create_version(model, new_run(), kFiles, "", {}).version;
  }

  /// The number of the version that an alias of the test's model points at; 0: at none.
  int aliased(const std::string& alias = kProductionAlias) {
    const auto version = registry().version_by_alias(model_, alias);
    return version ? version->version : 0;
  }
  bool move(int version, std::optional<int> expected, const std::string& alias = kProductionAlias) {
    return registry().move_alias(model_, alias, version, expected);
  }

  const std::string experiment_ = "experiment-" + new_id();
  const std::string model_ = "model-" + new_id();
  const std::string uri_;
  std::unique_ptr<Registry> registry_;
};

/// What no artifact path looks like, whatever the files are kept in.
inline const std::string kBadPaths[] = {
    "/etc/passwd", "..",  "../x",   "a/../b", "a/..", ".",   "./a",    "a/./b",      "a//b",
    "a/",          "/",   "a\\b",   "a\nb",   "a b",  "a#b", "a%2e",   "a?b",        "~\xc3\xb1",
    "a.part",      "a:b", "a\tb/c", "http:x", "a|b",  "a*",  "\x7f.b", {"a\0b", 3U}, std::string(201, 'a')};

/// What no run is called by, some of it harmful where it is taken for a folder or for SQL.
inline const std::string kUnknownRuns[] = {
    "", ".", "..", "../..", "/", "/etc", "0123456789abcdef0123456789abcdef", "x' OR '1'='1"};

}  // namespace veleta
