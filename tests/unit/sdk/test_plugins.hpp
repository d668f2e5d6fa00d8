#pragma once

#include <string>

#include "veleta/abi.h"

namespace veleta::testing {

/// A plugin that is linked into this program, by its name.
const veleta_plugin& plugin(const std::string& name);

/// What the host's set_error was last told.
extern std::string last_error;
extern const veleta_host host;

/// An instance made with default values, destroyed at the end. Fails the test where creation does.
class TestInstance {
 public:
  explicit TestInstance(const std::string& name);
  ~TestInstance();
  TestInstance(const TestInstance&) = delete;
  TestInstance& operator=(const TestInstance&) = delete;

  void* get() const { return instance_; }
  template <typename Verbs>
  const Verbs& verbs() const {
    return *static_cast<const Verbs*>(plugin_.verbs);
  }

 private:
  const veleta_plugin& plugin_;
  void* instance_ = nullptr;
};

}  // namespace veleta::testing
