#include "description.hpp"

#include <fmt/format.h>
#include <cmath>
#include <set>

#include "base/text.hpp"
#include "names.hpp"

namespace veleta {

namespace {

[[noreturn]] void refuse(const std::string& problem) { throw Error(ErrorCode::kPlugin, problem); }

void require_function(bool is_set, const char* name) {
  if (!is_set) refuse(fmt::format("its table lacks the function '{}'", name));
}

/// The verbs as a table of one kind, which must reach past the members that are not optional.
template <typename Verbs>
const Verbs& verbs_of(const veleta_plugin& plugin, size_t required_bytes) {
  const auto& verbs = *static_cast<const Verbs*>(plugin.verbs);
  if (verbs.size < required_bytes)
    refuse(fmt::format("its table of functions has {} bytes; ABI {} needs {}", verbs.size, VELETA_ABI_VERSION,
                       required_bytes));
  return verbs;
}

void check_source(const veleta_plugin& plugin) {
  require_function(verbs_of<veleta_source>(plugin, offsetof(veleta_source, rewind)).next, "next");
}

void check_detector(const veleta_plugin& plugin) {
  const auto& verbs = verbs_of<veleta_detector>(plugin, offsetof(veleta_detector, subject));
  const bool has_all = verbs.size >= sizeof(veleta_detector);
  require_function(
      verbs.compare_numeric || verbs.compare_categorical || (has_all && (verbs.compare_rows || verbs.watch)),
      "compare_numeric', 'compare_categorical', 'compare_rows' or 'watch");
  if (!has_all || !verbs.watch) return;
  require_function(verbs.update, "update");
  require_function(verbs.save_watch, "save_watch");
  require_function(verbs.load_watch, "load_watch");
  require_function(verbs.destroy_watch, "destroy_watch");
}

void check_learner(const veleta_plugin& plugin) {
  const auto& verbs = verbs_of<veleta_learner>(plugin, offsetof(veleta_learner, view_trees));
  require_function(verbs.train, "train");
  require_function(verbs.save, "save");
  require_function(verbs.load, "load");
  require_function(verbs.destroy_model, "destroy_model");
  require_function(verbs.predict, "predict");
}

void check_explainer(const veleta_plugin& plugin) {
  const auto& verbs = verbs_of<veleta_explainer>(plugin, offsetof(veleta_explainer, explain_with_errors));
  require_function(verbs.prepare, "prepare");
  require_function(verbs.explain, "explain");
  require_function(verbs.destroy_prepared, "destroy_prepared");
}

void check_functions(const veleta_plugin& plugin) {
  require_function(plugin.create, "create");
  require_function(plugin.destroy, "destroy");
  if (!plugin.verbs) refuse("its table has no verbs");
  switch (plugin.kind) {
    case VELETA_KIND_SOURCE: return check_source(plugin);
    case VELETA_KIND_DETECTOR: return check_detector(plugin);
    case VELETA_KIND_LEARNER: return check_learner(plugin);
    case VELETA_KIND_EXPLAINER: return check_explainer(plugin);
    default: refuse(fmt::format("it is of kind {}, which this host does not know", plugin.kind));
  }
}

bool is_reserved(const std::string& name, int32_t kind) {
  return name == "plugin" || (kind == VELETA_KIND_DETECTOR && name == "columns");
}

/// A default that the user would not be allowed to write is a mistake of the plugin's author.
void check_default(const ParamDescription& param) {
  if (param.required) return;
  ParamValue value{param.name, param.type, param.default_number, param.default_integer, param.default_text, {}};
  const std::string problem = problem_with(param, value);
  if (!problem.empty()) refuse(fmt::format("the default of its parameter '{}' is wrong: {}", param.name, problem));
}

void check_param(const ParamDescription& param, int32_t kind) {
  if (!is_param_name(param.name))
    refuse(fmt::format("'{}' is no name for a parameter; expected [a-z][a-z0-9_]*, with dots between sub-tables",
                       param.name));
  if (is_reserved(param.name, kind))
    refuse(fmt::format("its parameter '{}' has a name that the host uses", param.name));
  if (param.doc.empty()) refuse(fmt::format("its parameter '{}' has no doc", param.name));
  if (param.type < VELETA_NUMBER || param.type > VELETA_TABLE)
    refuse(fmt::format("its parameter '{}' is of type {}, which this host does not know", param.name, param.type));
  check_default(param);
}

/// "end" and "end.status" cannot both be: one is a value, the other says that it is a table.
void check_names(const std::vector<ParamDescription>& params) {
  std::set<std::string> names;
  for (const auto& param : params)
    if (!names.insert(param.name).second) refuse(fmt::format("it describes parameter '{}' twice", param.name));
  for (const auto& name : names)
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
      if (names.contains(name.substr(0, dot)))
        refuse(fmt::format("its parameter '{}' lies inside its parameter '{}'", name, name.substr(0, dot)));
}

std::vector<ParamDescription> checked_params(const veleta_plugin& plugin) {
  std::vector<ParamDescription> params;
  for (size_t i = 0; i < plugin.param_count; ++i) {
    const veleta_param* param = plugin.params ? plugin.params[i] : nullptr;
    if (!param || param->size < sizeof(veleta_param))
      refuse(fmt::format("the table of its parameter {} is too small", i));
    check_param(params.emplace_back(*param), plugin.kind);
  }
  check_names(params);
  return params;
}

}  // namespace

std::vector<std::string> flag_names(uint32_t flags) {
  constexpr std::pair<uint32_t, const char*> kNames[]{{VELETA_CONCURRENT, "concurrent"},
                                                      {VELETA_NEEDS_COMPLETE, "needs_complete"},
                                                      {VELETA_ANY_MODEL, "any_model"},
                                                      {VELETA_SAMPLED, "sampled"},
                                                      {VELETA_ONLY_BY_NAME, "only_by_name"}};
  std::vector<std::string> names;
  for (const auto& [flag, name] : kNames)
    if (flags & flag) names.emplace_back(name);
  return names;
}

const veleta_plugin& find_plugin(const veleta_library& library, const PluginSummary& summary) {
  std::vector<std::string> held;
  for (size_t i = 0; i < library.plugin_count; ++i) {
    const veleta_plugin* plugin = library.plugins ? library.plugins[i] : nullptr;
    if (!plugin || plugin->size < sizeof(veleta_plugin))
      refuse(fmt::format("the table of its plugin {} is too small", i));
    if (!plugin->name || !plugin->version) refuse(fmt::format("its plugin {} has no name or no version", i));
    held.push_back(plugin->name);
    if (plugin->kind != static_cast<int32_t>(summary.kind) || plugin->name != summary.name) continue;
    if (plugin->version != summary.version)
      refuse(fmt::format("its manifest says version {}, the library says {}: they were not built together",
                         summary.version, plugin->version));
    return *plugin;
  }
  refuse(fmt::format("the library does not hold it, though the manifest says so; it holds: {}",
                     held.empty() ? "nothing" : join(held, ", ")));
}

PluginDescription checked_description(const veleta_plugin& plugin, PluginSummary summary) {
  check_functions(plugin);
  return {std::move(summary), "", plugin.flags, checked_params(plugin)};
}

}  // namespace veleta
