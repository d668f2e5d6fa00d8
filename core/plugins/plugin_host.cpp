#include "plugins/plugin_host.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <mutex>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "description.hpp"
#include "instance.hpp"
#include "library.hpp"
#include "manifest.hpp"

namespace veleta {

namespace {

std::string label(PluginKind kind, const std::string& name) { return fmt::format("{} '{}'", to_string(kind), name); }

PluginSummary linked_summary(const veleta_plugin& plugin) {
  PluginSummary summary{};
  summary.kind = static_cast<PluginKind>(plugin.kind);
  summary.name = plugin.name;
  summary.version = plugin.version;
  summary.description = "linked into the program";
  summary.abi_version = VELETA_ABI_VERSION;
  return summary;
}

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
    std::error_code failure;
    std::filesystem::directory_iterator entry(folder, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
      if (entry->path().extension() == ".toml") manifests.push_back(entry->path());
    if (failure && failure != std::errc::no_such_file_or_directory) {
      const PluginSummary unreadable =
          problem_of(folder, fmt::format("its folder cannot be read: {}", failure.message()));
      found.try_emplace({unreadable.kind, unreadable.name}, unreadable);
    }
    std::sort(manifests.begin(), manifests.end());
    for (const auto& manifest : manifests)
      for (auto& summary : read_manifest(manifest)) found.try_emplace({summary.kind, summary.name}, summary);
  }

  PluginSummary& summary_of(PluginKind kind, const std::string& name) {
    if (const auto at = found.find({kind, name}); at != found.end()) return at->second;
    if (const auto at = found.find({PluginKind::kUnknown, name}); at != found.end()) return at->second;
    std::vector<std::string> names, searched;
    for (const auto& [key, summary] : found)
      if (key.first == kind) names.push_back(key.second);
    for (const auto& folder : folders)
      searched.push_back(folder.string() + (std::filesystem::is_directory(folder) ? "" : " (no such folder)"));
    throw Error(ErrorCode::kNotFound, fmt::format("there is no {}.{} Installed: {}. Searched: {}", label(kind, name),
                                                  did_you_mean(name, names), names.empty() ? "none" : join(names, ", "),
                                                  searched.empty() ? "no folder" : join(searched, ", ")));
  }

  static Loaded load(const PluginSummary& summary) {
    if (!summary.problem.empty()) throw Error(ErrorCode::kPlugin, summary.problem);
    const veleta_plugin& plugin = find_plugin(map_library(summary.library), summary);
    Loaded loaded{checked_description(plugin, summary), &plugin};
    loaded.description.library_digest = sha256_of_file(summary.library);
    return loaded;
  }

  const Loaded& require(PluginKind kind, const std::string& name) {
    const std::lock_guard lock(mutex);
    if (const auto at = loaded.find({kind, name}); at != loaded.end()) return at->second;
    const PluginSummary& summary = summary_of(kind, name);
    try {
      return loaded.emplace(Key{kind, name}, load(summary)).first->second;
    } catch (const std::exception& error) {
      const auto& file = summary.library.empty() ? summary.manifest : summary.library;
      throw Error(ErrorCode::kPlugin, fmt::format("{} ({}): {}", label(kind, name), file.string(), error.what()));
    }
  }

  std::unique_ptr<PluginInstance> create(PluginKind kind, const std::string& name, const ParamValues& values,
                                         PluginServices services) {
    const Loaded& loaded = require(kind, name);
    return std::make_unique<PluginInstance>(*loaded.plugin, loaded.description.params, label(kind, name), values,
                                            std::move(services));
  }
};

PluginHost::PluginHost(std::vector<std::filesystem::path> folders) : impl_(std::make_unique<Impl>()) {
  impl_->folders = std::move(folders);
  for (const auto& folder : impl_->folders) impl_->add_folder(folder);
}

PluginHost::~PluginHost() = default;

void PluginHost::add_static(veleta_library_entry_function entry) {
  const veleta_library& library = checked_library(entry);
  const std::lock_guard lock(impl_->mutex);
  for (size_t i = 0; i < library.plugin_count; ++i) {
    const PluginSummary summary = linked_summary(*library.plugins[i]);
    const veleta_plugin& plugin = find_plugin(library, summary);
    const Impl::Key key{summary.kind, summary.name};
    impl_->found.insert_or_assign(key, summary);
    impl_->loaded.insert_or_assign(key, Impl::Loaded{checked_description(plugin, summary), &plugin});
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

std::unique_ptr<SourceHandle> PluginHost::create_source(const std::string& name, const ParamValues& values,
                                                        PluginServices services) {
  return std::make_unique<SourceHandle>(impl_->create(PluginKind::kSource, name, values, std::move(services)));
}

std::shared_ptr<DetectorHandle> PluginHost::create_detector(const std::string& name, const ParamValues& values,
                                                            PluginServices services) {
  return std::make_shared<DetectorHandle>(impl_->create(PluginKind::kDetector, name, values, std::move(services)));
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
