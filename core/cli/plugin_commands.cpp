#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "terminal.hpp"

namespace veleta {

namespace {

json::object to_json(const PluginSummary& plugin) {
  return {{"kind", to_string(plugin.kind)},
          {"name", plugin.name},
          {"version", plugin.version},
          {"description", plugin.description},
          {"abi_version", plugin.abi_version},
          {"library", plugin.library.string()},
          {"problem", plugin.problem.empty() ? json::value(nullptr) : json::value(plugin.problem)}};
}

json::object to_json(const ParamDescription& param) {
  return {{"name", param.name}, {"type", param.type_name()},       {"required", param.required},
          {"unit", param.unit}, {"default", param.default_toml()}, {"range", param.range()},
          {"doc", param.doc}};
}

void list(Invocation& invocation, bool as_json) {
  const auto plugins = invocation.plugins().list();
  if (as_json) {
    json::array array;
    for (const auto& plugin : plugins) array.push_back(to_json(plugin));
    fmt::print("{}", pretty_json(array));
    return;
  }
  TextTable table({"KIND", "NAME", "VERSION", "DESCRIPTION"});
  for (const auto& plugin : plugins)
    table.add({to_string(plugin.kind), plugin.name, plugin.version,
               plugin.problem.empty() ? plugin.description : "cannot be loaded: " + plugin.problem});
  fmt::print("{}", table.text(terminal_width()));
  if (plugins.empty()) {
    std::vector<std::string> folders;
    for (const auto& folder : invocation.plugins().folders()) folders.push_back(folder.string());
    fmt::print("No plugins in {}.\n", join(folders, ", "));
  }
}

/// All plugins of that name, of whichever kind.
std::vector<const PluginDescription*> find(Invocation& invocation, const std::string& name) {
  std::vector<const PluginDescription*> found;
  std::vector<std::string> names;
  for (const auto& plugin : invocation.plugins().list()) {
    names.push_back(plugin.name);
    if (plugin.name == name) found.push_back(&invocation.plugins().describe(plugin.kind, name));
  }
  if (found.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("there is no plugin '{}'.{} `veleta plugins list` shows all.", name,
                                                  did_you_mean(name, names)));
  return found;
}

void print(const PluginDescription& plugin) {
  fmt::print("{} {} {}\n{}\n\nlibrary  {}\ndigest   {}\nABI      {}\n", to_string(plugin.summary.kind),
             plugin.summary.name, plugin.summary.version, plugin.summary.description, plugin.summary.library.string(),
             plugin.library_digest, plugin.summary.abi_version);
  if (plugin.params.empty()) return;
  TextTable table({"PARAMETER", "TYPE", "DEFAULT", "RANGE", "MEANING"});
  for (const auto& param : plugin.params)
    table.add({param.name, param.type_name(), param.required ? "required" : param.default_toml(), param.range(),
               param.doc + (param.unit.empty() ? "" : " [" + param.unit + "]")});
  fmt::print("\n{}", table.text(terminal_width()));
}

void inspect(Invocation& invocation, const std::string& name, bool as_json) {
  json::array array;
  for (const PluginDescription* plugin : find(invocation, name)) {
    if (!as_json) print(*plugin);
    json::object object = to_json(plugin->summary);
    object["library_digest"] = plugin->library_digest;
    json::array params;
    for (const auto& param : plugin->params) params.push_back(to_json(param));
    object["params"] = std::move(params);
    array.push_back(std::move(object));
  }
  if (as_json) fmt::print("{}", pretty_json(array));
}

}  // namespace

void add_plugin_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* plugins = app.add_subcommand("plugins", "List and inspect the plugins found")->require_subcommand(1);
  auto as_json = std::make_shared<bool>(false);

  CLI::App* list_command = plugins->add_subcommand("list", "All plugins, by their manifests");
  list_command->add_flag("--json", *as_json, "Print JSON");
  list_command->callback([&invocation, as_json] { list(invocation, *as_json); });

  auto name = std::make_shared<std::string>();
  CLI::App* inspect_command = plugins->add_subcommand("inspect", "One plugin, with its parameters");
  inspect_command->add_option("name", *name)->required();
  inspect_command->add_flag("--json", *as_json, "Print JSON");
  inspect_command->callback([&invocation, name, as_json] { inspect(invocation, *name, *as_json); });
}

}  // namespace veleta
