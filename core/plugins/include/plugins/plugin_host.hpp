#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "plugins/handles.hpp"
#include "plugins/params.hpp"
#include "veleta/abi.h"

namespace veleta {

enum class PluginKind {
  kUnknown = -1,  ///< of a manifest that cannot be read
  kSource = VELETA_KIND_SOURCE,
  kDetector = VELETA_KIND_DETECTOR,
  kLearner = VELETA_KIND_LEARNER,
  kExplainer = VELETA_KIND_EXPLAINER,
};

/// "source", "detector", "learner", "explainer"; "unknown".
const char* to_string(PluginKind kind);

/// What a manifest says of one plugin: enough to list it without mapping its library.
struct PluginSummary {
  PluginKind kind;
  std::string name;
  std::string version;
  std::string description;
  std::filesystem::path library;
  std::filesystem::path manifest;
  unsigned abi_version = 0;
  std::string problem;  ///< why it cannot be loaded; empty: nothing known against it
};

/// What a loaded library says of one plugin.
struct PluginDescription {
  PluginSummary summary;
  std::string library_digest;  ///< SHA-256 of the file; empty for a plugin linked into the program
  uint32_t flags = 0;
  std::vector<ParamDescription> params;
};

/// What a plugin's flags say, in words: "concurrent", "needs_complete", "any_model", "sampled", "only_by_name".
std::vector<std::string> flag_names(uint32_t flags);

/// The names that a library exports to others. Maps nothing. Throws kPlugin where the file is no library.
std::vector<std::string> exported_symbols(const std::filesystem::path& library);

/// Finds plugins by their manifests, loads their libraries once and for ever, and makes instances.
///
/// A library beside no manifest is not a plugin. A manifest (`ks.toml` beside `ks.so`) is
///
///     manifest_version = 1
///     library = "ks.so"            # a file beside the manifest
///     abi_version = 1
///     version = "1.0.0"
///     license = "Apache-2.0"
///
///     [[plugin]]                   # one for each plugin in the library
///     kind = "detector"
///     name = "ks"
///     description = "Two-sample Kolmogorov–Smirnov test"
///     version = "1.1.0"            # where it is not the library's
///
/// Thread-safe; loading and creating are serialized. Every Error names the plugin and its file.
class PluginHost {
 public:
  /// Reads the manifests of the folders, in order; of two plugins of one kind and name the first counts. Folders that
  /// do not exist are passed over; a manifest that cannot be read is kept as a summary of kUnknown, named for its file,
  /// with its problem.
  explicit PluginHost(std::vector<std::filesystem::path> folders);
  ~PluginHost();

  /// Adds the plugins of a library that is linked into this program; they come before those of the folders. Throws
  /// kPlugin as describe does.
  void add_static(veleta_library_entry_function entry);

  /// All plugins found, by kind and name. Maps nothing.
  std::vector<PluginSummary> list() const;
  /// The names of one kind, in order, of those with no known problem.
  std::vector<std::string> names(PluginKind kind) const;
  const std::vector<std::filesystem::path>& folders() const;

  /// Loads the plugin's library if it is not, and describes the plugin.
  /// Throws kNotFound with the nearest name and the folders searched; kPlugin, with the file and the way out, where the
  /// file is missing, is not a library, has undefined symbols or no entry function, is of another ABI version, does not
  /// hold what the manifest says, or describes itself wrongly (a parameter without doc, a name twice). The description
  /// lives as long as this host.
  const PluginDescription& describe(PluginKind kind, const std::string& name);

  /// Make instances. `values` must hold a value for each described parameter (default_values fills in).
  /// Throw as describe does, kInvalidArgument for values that do not fit the description, and what the plugin's own
  /// create says, as its calls do. Instances may outlive this host.
  std::unique_ptr<SourceHandle> create_source(const std::string& name, const ParamValues& values,
                                              PluginServices services);
  std::shared_ptr<DetectorHandle> create_detector(const std::string& name, const ParamValues& values,
                                                  PluginServices services);
  std::shared_ptr<LearnerHandle> create_learner(const std::string& name, const ParamValues& values,
                                                PluginServices services);
  std::shared_ptr<ExplainerHandle> create_explainer(const std::string& name, const ParamValues& values,
                                                    PluginServices services);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace veleta
