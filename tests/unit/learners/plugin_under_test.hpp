#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "veleta/explainer.hpp"
#include "veleta/learner.hpp"

// Plugins linked into the test program, called through the ABI as the host calls them.

namespace veleta::testing {

/// Parameters that differ from their defaults.
using Settings = std::map<std::string, std::variant<double, int64_t, std::string>>;

/// An instance of a plugin, and what it told its host.
class PluginUnderTest {
 public:
  /// Throws std::out_of_range for a plugin or a parameter that there is not.
  PluginUnderTest(int32_t kind, const std::string& name, const Settings& settings);
  ~PluginUnderTest();
  PluginUnderTest(const PluginUnderTest&) = delete;
  PluginUnderTest& operator=(const PluginUnderTest&) = delete;

  uint32_t flags() const { return plugin_->flags; }

  std::vector<std::string> warnings;
  std::vector<double> progress;
  std::map<std::string, std::vector<double>> metrics;
  bool cancelled = false;

 protected:
  template <typename Verbs>
  const Verbs& verbs() const {
    return *static_cast<const Verbs*>(plugin_->verbs);
  }
  void* instance() const { return instance_; }
  /// Throws what the plugin reported as Error.
  void check(veleta_status status) const;

 private:
  friend class ModelUnderTest;
  std::string error_;
  veleta_host host_{};
  const veleta_plugin* plugin_;
  void* instance_ = nullptr;
};

class LearnerUnderTest;

/// A trained or loaded model; must not outlive its learner.
class ModelUnderTest {
 public:
  ModelUnderTest(const LearnerUnderTest& learner, void* model) : learner_(learner), model_(model) {}
  ~ModelUnderTest();
  ModelUnderTest(const ModelUnderTest&) = delete;

  std::string save() const;
  std::vector<double> predict(const MatrixView& rows) const;
  veleta_trees trees() const;
  veleta_linear linear() const;

 private:
  const LearnerUnderTest& learner_;
  void* model_;
};

class LearnerUnderTest : public PluginUnderTest {
 public:
  explicit LearnerUnderTest(const std::string& name, const Settings& settings = {})
      : PluginUnderTest(VELETA_KIND_LEARNER, name, settings) {}
  std::unique_ptr<ModelUnderTest> train(const Training& training) const;
  std::unique_ptr<ModelUnderTest> load(const std::string& bytes) const;

 private:
  friend class ModelUnderTest;
};

struct Attributions {
  double base_value = 0;
  std::vector<double> values;  ///< one a row and column
};

/// An explainer, prepared for one model view.
class ExplainerUnderTest : public PluginUnderTest {
 public:
  ExplainerUnderTest(const std::string& name, size_t columns, const veleta_trees* trees, const veleta_linear* linear);
  ~ExplainerUnderTest();
  Attributions explain(const MatrixView& rows) const;

 private:
  void* prepared_ = nullptr;
};

}  // namespace veleta::testing
