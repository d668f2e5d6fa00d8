#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "plugins/plugin_host.hpp"

namespace veleta::contract {

/// The plugin that is checked.
struct Subject {
  PluginHost& host;
  PluginKind kind;
  std::string name;
  ParamValues values;  ///< one for each parameter, where the check needs an instance

  const PluginDescription& description() const { return host.describe(kind, name); }
  std::shared_ptr<DetectorHandle> detector() const;
  std::shared_ptr<LearnerHandle> learner() const;
  std::shared_ptr<ExplainerHandle> explainer() const;
  /// Makes an instance of whichever kind, and destroys it.
  void create(const ParamValues& with) const;
};

/// One rule. `run` returns what it saw, in a few words; it throws Broken where the rule is broken, NotApplicable where
/// it does not apply. An Error of the plugin's own that it lets through breaks the rule too.
struct Check {
  std::string name;
  std::function<std::string(const Subject&)> run;
  bool needs_instance = true;
  bool comes_first = false;  ///< if it fails, no other says anything of use
};

struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct NotApplicable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool kept, const std::string& otherwise) {
  if (!kept) throw Broken(otherwise);
}

/// Runs `action`; true if it succeeded, false if the plugin refused it in a way that tells the user something: an Error
/// that is neither kInternal nor kPlugin, whose words are its author's. Any other failure goes on. Detectors have a
/// stricter rule: they refuse by kUnsupported alone.
bool succeeds_or_refuses(const std::function<void()>& action);

/// The rules of all kinds, and those of one.
std::vector<Check> description_checks();
std::vector<Check> detector_checks();
std::vector<Check> watch_checks();  ///< of detectors too
std::vector<Check> learner_checks();
std::vector<Check> explainer_checks();

}  // namespace veleta::contract
