#include "manifest.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/text.hpp"
#include "names.hpp"

namespace veleta {

namespace {

constexpr int64_t kManifestVersion = 1;

const std::vector<std::pair<std::string, PluginKind>> kKinds{{"source", PluginKind::kSource},
                                                             {"detector", PluginKind::kDetector},
                                                             {"learner", PluginKind::kLearner},
                                                             {"explainer", PluginKind::kExplainer}};

[[noreturn]] void refuse(const std::string& problem) { throw Error(ErrorCode::kPlugin, problem); }

std::string required_text(const toml::table& table, const char* key) {
  const auto text = table[key].value<std::string>();
  if (!text || text->empty()) refuse(fmt::format("its manifest has no text '{}'", key));
  return *text;
}

/// What keeps a library from being loaded, as far as the manifest and the folder tell.
std::string known_problem(const PluginSummary& plugin) {
  if (plugin.abi_version != VELETA_ABI_VERSION)
    return fmt::format("it was built for plugin ABI {}; this host speaks {}: rebuild it against this version's SDK",
                       plugin.abi_version, VELETA_ABI_VERSION);
  std::error_code unreadable;
  if (!std::filesystem::exists(plugin.library, unreadable))
    return fmt::format("its library {} is missing", plugin.library.string());
  return "";
}

PluginKind parse_kind(const std::string& text) {
  for (const auto& [name, kind] : kKinds)
    if (name == text) return kind;
  refuse(fmt::format("'{}' is no kind of plugin; expected source, detector, learner or explainer.{}", text,
                     did_you_mean(text, {"source", "detector", "learner", "explainer"})));
}

PluginSummary parse_plugin(const toml::table& library, const toml::table& table, const std::filesystem::path& file) {
  PluginSummary plugin{};
  plugin.manifest = file;
  plugin.kind = parse_kind(required_text(table, "kind"));
  plugin.name = required_text(table, "name");
  if (!is_plugin_name(plugin.name))
    refuse(fmt::format("'{}' is no plugin name; expected [a-z][a-z0-9_]*", plugin.name));
  plugin.description = required_text(table, "description");
  plugin.version = table.contains("version") ? required_text(table, "version") : required_text(library, "version");
  plugin.abi_version = static_cast<unsigned>(library["abi_version"].value_or<int64_t>(0));
  const std::filesystem::path name = required_text(library, "library");
  if (name != name.filename()) refuse(fmt::format("library '{}' must be a file beside the manifest", name.string()));
  plugin.library = std::filesystem::absolute(file.parent_path() / name);
  plugin.problem = known_problem(plugin);
  return plugin;
}

std::vector<PluginSummary> parse(const toml::table& library, const std::filesystem::path& file) {
  const int64_t version = library["manifest_version"].value_or<int64_t>(0);
  if (version != kManifestVersion)
    refuse(fmt::format("its manifest_version is {}; this host reads {}", version, kManifestVersion));
  const toml::array* plugins = library["plugin"].as_array();
  if (!plugins || plugins->empty()) refuse("its manifest has no [[plugin]]");
  std::vector<PluginSummary> summaries;
  for (const auto& item : *plugins) {
    if (!item.is_table()) refuse("[[plugin]] must be a table");
    summaries.push_back(parse_plugin(library, *item.as_table(), file));
  }
  return summaries;
}

}  // namespace

const char* to_string(PluginKind kind) {
  for (const auto& [name, known] : kKinds)
    if (known == kind) return name.c_str();
  return "unknown";
}

std::vector<PluginSummary> read_manifest(const std::filesystem::path& file) {
  std::string problem;
  try {
    return parse(toml::parse_file(file.string()), file);
  } catch (const toml::parse_error& error) {
    problem = fmt::format("its manifest cannot be read: {} (line {})", error.description(), error.source().begin.line);
  } catch (const std::exception& error) {
    problem = error.what();
  }
  return {problem_of(file, problem)};
}

PluginSummary problem_of(const std::filesystem::path& file, const std::string& problem) {
  PluginSummary broken{};
  broken.kind = PluginKind::kUnknown;
  broken.name = file.stem().string();
  broken.manifest = file;
  broken.problem = problem;
  return broken;
}

}  // namespace veleta
