#include "plugins/plugin_host.hpp"

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <set>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "instance.hpp"
#include "manifest.hpp"

namespace veleta {

namespace {

constexpr const char* kEntry = "veleta_library_entry";

/// All libraries mapped by this process, for ever: code that something may still point to is never unmapped.
const veleta_library& load_library(const std::filesystem::path& file) {
  static auto& loaded = *new std::map<std::string, std::pair<boost::dll::shared_library, const veleta_library*>>;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (const auto found = loaded.find(file.string()); found != loaded.end()) return *found->second.second;

  namespace mode = boost::dll::load_mode;
  boost::dll::shared_library library;
  try {
    library.load(file.string(), mode::rtld_now | mode::rtld_local);
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kPlugin, fmt::format("it cannot be loaded: {}", error.what()));
  }
  if (!library.has(kEntry))
    throw Error(ErrorCode::kPlugin, fmt::format("it is no Veleta plugin: it does not export {}", kEntry));
  const auto entry = library.get<const veleta_library*(uint32_t)>(kEntry);
  const veleta_library* table = entry(VELETA_ABI_VERSION);
  if (!table || table->abi_version != VELETA_ABI_VERSION)
    throw Error(ErrorCode::kPlugin, fmt::format("it does not speak plugin ABI {}: rebuild it against this version's SDK",
                                                VELETA_ABI_VERSION));
  if (table->size < sizeof(veleta_library)) throw Error(ErrorCode::kPlugin, "its library table is too small");
  loaded.emplace(file.string(), std::pair(std::move(library), table));
  return *table;
}

size_t required_verbs_size(int32_t kind) {
  switch (kind) {
    case VELETA_KIND_SOURCE: return offsetof(veleta_source, rewind);
    case VELETA_KIND_DETECTOR: return sizeof(veleta_detector);
    case VELETA_KIND_LEARNER: return offsetof(veleta_learner, view_trees);
    default: return sizeof(veleta_explainer);
  }
}

bool has_required_verbs(const veleta_plugin& plugin) {
  if (!plugin.create || !plugin.destroy || !plugin.verbs) return false;
  if (*static_cast<const size_t*>(plugin.verbs) < required_verbs_size(plugin.kind)) return false;
  switch (plugin.kind) {
    case VELETA_KIND_SOURCE: return static_cast<const veleta_source*>(plugin.verbs)->next;
    case VELETA_KIND_DETECTOR: {
      const auto& verbs = *static_cast<const veleta_detector*>(plugin.verbs);
      return verbs.compare_numeric || verbs.compare_categorical;
    }
    case VELETA_KIND_LEARNER: {
      const auto& verbs = *static_cast<const veleta_learner*>(plugin.verbs);
      return verbs.train && verbs.save && verbs.load && verbs.destroy_model && verbs.predict;
    }
    default: {
      const auto& verbs = *static_cast<const veleta_explainer*>(plugin.verbs);
      return verbs.prepare && verbs.explain && verbs.destroy_prepared;
    }
  }
}

/// Copies the parameters' descriptions; throws where they are not fit to be shown or checked against.
std::vector<ParamDescription> copy_params(const veleta_plugin& plugin) {
  std::vector<ParamDescription> params;
  std::set<std::string> names;
  for (size_t i = 0; i < plugin.param_count; ++i) {
    const veleta_param* param = plugin.params[i];
    if (!param || param->size < sizeof(veleta_param)) throw Error(ErrorCode::kPlugin, "a parameter's table is too small");
    const ParamDescription& description = params.emplace_back(*param);
    if (description.name.empty() || !names.insert(description.name).second)
      throw Error(ErrorCode::kPlugin, fmt::format("it describes parameter '{}' twice or without a name", description.name));
    if (description.doc.empty())
      throw Error(ErrorCode::kPlugin, fmt::format("its parameter '{}' has no doc", description.name));
    if (description.type_name() == "unknown")
      throw Error(ErrorCode::kPlugin, fmt::format("its parameter '{}' has no known type", description.name));
  }
  return params;
}

std::string label(PluginKind kind, const std::string& name) { return fmt::format("{} '{}'", to_string(kind), name); }

}  // namespace

struct PluginHost::Impl {
  using Key = std::pair<PluginKind, std::string>;
  struct Loaded {
    PluginDescription description;
    const veleta_plugin* plugin;
  };

  std::vector<std::filesystem::path> folders;
  mutable std::mutex mutex;
  std::map<Key, PluginSummary> found;  ///< guarded by mutex
  std::map<Key, Loaded> loaded;        ///< guarded by mutex; entries never move

  void add_folder(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> manifests;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(folder, absent))
      if (entry.path().extension() == ".toml") manifests.push_back(entry.path());
    std::sort(manifests.begin(), manifests.end());
    for (const auto& manifest : manifests)
      for (auto& summary : read_manifest(manifest)) found.try_emplace({summary.kind, summary.name}, summary);
  }

  PluginSummary& summary_of(PluginKind kind, const std::string& name) {
    const auto at = found.find({kind, name});
    if (at != found.end()) return at->second;
    std::vector<std::string> names, searched;
    for (const auto& [key, summary] : found)
      if (key.first == kind) names.push_back(key.second);
    for (const auto& folder : folders) searched.push_back(folder.string());
    throw Error(ErrorCode::kNotFound, fmt::format("there is no {}.{} Installed: {}. Searched: {}", label(kind, name),
                                                  did_you_mean(name, names), names.empty() ? "none" : join(names, ", "),
                                                  searched.empty() ? "no folder" : join(searched, ", ")));
  }

  static Loaded load(const PluginSummary& summary) {
    if (!summary.problem.empty()) throw Error(ErrorCode::kPlugin, summary.problem);
    const veleta_library& library = load_library(summary.library);
    return describe_in(library, summary, sha256_of_file(summary.library));
  }

  static Loaded describe_in(const veleta_library& library, const PluginSummary& summary, std::string digest) {
    for (size_t i = 0; i < library.plugin_count; ++i) {
      const veleta_plugin& plugin = *library.plugins[i];
      if (plugin.size < sizeof(veleta_plugin)) throw Error(ErrorCode::kPlugin, "a plugin's table is too small");
      if (plugin.kind != static_cast<int32_t>(summary.kind) || plugin.name != summary.name) continue;
      if (!has_required_verbs(plugin)) throw Error(ErrorCode::kPlugin, "its table lacks a function that it must have");
      return {{summary, std::move(digest), plugin.flags, copy_params(plugin)}, &plugin};
    }
    throw Error(ErrorCode::kPlugin, "its library does not hold it, though the manifest says so");
  }

  const Loaded& require(PluginKind kind, const std::string& name) {
    const std::lock_guard lock(mutex);
    if (const auto at = loaded.find({kind, name}); at != loaded.end()) return at->second;
    const PluginSummary& summary = summary_of(kind, name);
    try {
      return loaded.emplace(Key{kind, name}, load(summary)).first->second;
    } catch (const Error& error) {
      const auto& file = summary.library.empty() ? summary.manifest : summary.library;
      throw Error(ErrorCode::kPlugin, fmt::format("{} ({}): {}", label(kind, name), file.string(), error.what()));
    }
  }

  /// Creation is serialized by contract.
  std::unique_ptr<PluginInstance> create(PluginKind kind, const std::string& name, const ParamValues& values,
                                         PluginServices services) {
    const Loaded& plugin = require(kind, name);
    static std::mutex creating;
    const std::lock_guard lock(creating);
    return std::make_unique<PluginInstance>(*plugin.plugin, label(kind, name), values, std::move(services));
  }
};

PluginHost::PluginHost(std::vector<std::filesystem::path> folders) : impl_(std::make_unique<Impl>()) {
  impl_->folders = std::move(folders);
  for (const auto& folder : impl_->folders) impl_->add_folder(folder);
}

PluginHost::~PluginHost() = default;

void PluginHost::add_static(veleta_library_entry_function entry) {
  const veleta_library* library = entry(VELETA_ABI_VERSION);
  if (!library) throw Error(ErrorCode::kPlugin, "the linked library does not speak this host's plugin ABI");
  const std::lock_guard lock(impl_->mutex);
  for (size_t i = 0; i < library->plugin_count; ++i) {
    const veleta_plugin& plugin = *library->plugins[i];
    const PluginSummary summary{static_cast<PluginKind>(plugin.kind), plugin.name, plugin.version, "linked into the program",
                                {}, {}, VELETA_ABI_VERSION, ""};
    const Impl::Key key{summary.kind, summary.name};
    impl_->found[key] = summary;
    impl_->loaded.insert_or_assign(key, Impl::describe_in(*library, summary, ""));
  }
}

std::vector<PluginSummary> PluginHost::list() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<PluginSummary> summaries;
  for (const auto& [key, summary] : impl_->found) summaries.push_back(summary);
  return summaries;
}

std::vector<std::string> PluginHost::names(PluginKind kind) const {
  std::vector<std::string> names;
  for (const auto& summary : list())
    if (summary.kind == kind && summary.problem.empty()) names.push_back(summary.name);
  return names;
}

const std::vector<std::filesystem::path>& PluginHost::folders() const { return impl_->folders; }

const PluginDescription& PluginHost::describe(PluginKind kind, const std::string& name) {
  return impl_->require(kind, name).description;
}

std::unique_ptr<SourceHandle> PluginHost::create_source(const std::string& name, const ParamValues& values, PluginServices services) {
  return std::make_unique<SourceHandle>(impl_->create(PluginKind::kSource, name, values, std::move(services)));
}

std::unique_ptr<DetectorHandle> PluginHost::create_detector(const std::string& name, const ParamValues& values,
                                                            PluginServices services) {
  return std::make_unique<DetectorHandle>(impl_->create(PluginKind::kDetector, name, values, std::move(services)));
}

std::shared_ptr<LearnerHandle> PluginHost::create_learner(const std::string& name, const ParamValues& values,
                                                          PluginServices services) {
  return std::make_shared<LearnerHandle>(impl_->create(PluginKind::kLearner, name, values, std::move(services)));
}

std::shared_ptr<ExplainerHandle> PluginHost::create_explainer(const std::string& name, const ParamValues& values,
                                                              PluginServices services) {
  return std::make_shared<ExplainerHandle>(impl_->create(PluginKind::kExplainer, name, values, std::move(services)));
}

}  // namespace veleta
