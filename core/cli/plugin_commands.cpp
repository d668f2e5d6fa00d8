#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "contract/contract.hpp"
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

/// The folders that were searched, and which of them are not there.
std::string searched(const PluginHost& host) {
  std::vector<std::string> folders;
  for (const auto& folder : host.folders())
    folders.push_back(folder.string() + (std::filesystem::is_directory(folder) ? "" : " (no such folder)"));
  return folders.empty() ? "no folder" : join(folders, ", ");
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
  if (plugins.empty()) fmt::print("No plugins in {}.\n", searched(invocation.plugins()));
}

/// All plugins of that name, of whichever kind.
std::vector<PluginSummary> find(const PluginHost& host, const std::string& name) {
  std::vector<PluginSummary> found;
  std::vector<std::string> names;
  for (const auto& plugin : host.list()) {
    names.push_back(plugin.name);
    if (plugin.name == name) found.push_back(plugin);
  }
  if (found.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("there is no plugin '{}'.{} `veleta plugins list` shows all. "
                                                  "Searched: {}",
                                                  name, did_you_mean(name, names), searched(host)));
  return found;
}

void print(const PluginDescription& plugin) {
  fmt::print("{} {} {}\n{}\n\nlibrary  {}\ndigest   {}\nABI      {}\n", to_string(plugin.summary.kind),
             plugin.summary.name, plugin.summary.version, plugin.summary.description, plugin.summary.library.string(),
             plugin.library_digest, plugin.summary.abi_version);
  if (plugin.flags != 0) fmt::print("flags    {}\n", join(flag_names(plugin.flags), ", "));
  if (plugin.params.empty()) return;
  TextTable table({"PARAMETER", "TYPE", "DEFAULT", "RANGE", "MEANING"});
  for (const auto& param : plugin.params)
    table.add({param.name, param.type_name(), param.required ? "required" : param.default_toml(), param.range(),
               param.doc + (param.unit.empty() ? "" : " [" + param.unit + "]")});
  fmt::print("\n{}", table.text(terminal_width()));
}

void inspect(Invocation& invocation, const std::string& name, bool as_json) {
  json::array array;
  for (const auto& summary : find(invocation.plugins(), name)) {
    const PluginDescription& plugin = invocation.plugins().describe(summary.kind, name);
    if (!as_json) print(plugin);
    json::object object = to_json(plugin.summary);
    object["library_digest"] = plugin.library_digest;
    json::array& flags = (object["flags"] = json::array()).get_array();
    for (const auto& flag : flag_names(plugin.flags)) flags.emplace_back(flag);
    json::array params;
    for (const auto& param : plugin.params) params.push_back(to_json(param));
    object["params"] = std::move(params);
    array.push_back(std::move(object));
  }
  if (as_json) fmt::print("{}", pretty_json(array));
}

json::object to_json(const PluginSummary& plugin, const std::vector<CheckResult>& results) {
  json::array checks;
  for (const auto& result : results)
    checks.push_back(
        json::object{{"name", result.name}, {"outcome", to_string(result.outcome)}, {"detail", result.detail}});
  return {{"kind", to_string(plugin.kind)},     {"name", plugin.name},       {"version", plugin.version},
          {"library", plugin.library.string()}, {"kept", all_kept(results)}, {"checks", std::move(checks)}};
}

std::string verdict(const std::vector<CheckResult>& results) {
  if (!all_kept(results)) return "BREAKS its contract";
  const auto skipped = std::ranges::count(results, CheckOutcome::kSkipped, &CheckResult::outcome);
  return "keeps its contract" + (skipped == 0 ? "" : fmt::format(" where it was checked ({} skipped)", skipped));
}

void print(const PluginSummary& plugin, const std::vector<CheckResult>& results) {
  TextTable table({"CHECK", "OUTCOME", "DETAIL"});
  for (const auto& result : results) table.add({result.name, to_string(result.outcome), result.detail});
  fmt::print("{} {} {}: {}\n{}\n", to_string(plugin.kind), plugin.name, plugin.version, verdict(results),
             table.text(terminal_width()));
}

struct CheckArguments {
  std::vector<std::string> plugins;
  std::vector<std::string> settings;
  double time_limit_s = 60;
  bool as_json = false;
};

CheckOptions options_of(const CheckArguments& arguments) {
  CheckOptions options;
  options.time_limit = std::chrono::milliseconds(static_cast<int64_t>(arguments.time_limit_s * 1000));
  for (const auto& setting : arguments.settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("--set: expected NAME=VALUE, found '{}'", setting));
    options.settings[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  return options;
}

bool is_file(const std::string& plugin) { return plugin.find('/') != std::string::npos || plugin.ends_with(".so"); }

/// The plugins of a library file, by the manifests beside it.
std::vector<PluginSummary> plugins_in(const PluginHost& host, const std::filesystem::path& library) {
  if (!std::filesystem::exists(library))
    throw Error(ErrorCode::kNotFound, fmt::format("there is no file {}", library.string()));
  std::vector<PluginSummary> found;
  std::string broken;
  for (const auto& plugin : host.list()) {
    std::error_code absent;
    if (std::filesystem::equivalent(plugin.library, library, absent)) found.push_back(plugin);
    if (plugin.kind == PluginKind::kUnknown)
      broken += fmt::format(" {}: {}.", plugin.manifest.string(), plugin.problem);
  }
  if (found.empty())
    throw Error(ErrorCode::kNotFound,
                fmt::format("no manifest beside {0} names it: expected {1}.toml there with library = \"{1}.so\".{2}",
                            library.string(), library.stem().string(), broken));
  return found;
}

/// Checks some plugins of one host; false if one broke its contract.
bool check(PluginHost& host, const std::vector<PluginSummary>& plugins, const CheckArguments& arguments,
           json::array& records) {
  bool kept = true;
  for (const auto& plugin : plugins) {
    const auto results = check_plugin(host, plugin.kind, plugin.name, options_of(arguments));
    kept = kept && all_kept(results);
    if (!arguments.as_json) print(plugin, results);
    records.push_back(to_json(plugin, results));
  }
  return kept;
}

bool check(Invocation& invocation, const std::string& plugin, const CheckArguments& arguments, json::array& records) {
  if (!is_file(plugin)) return check(invocation.plugins(), find(invocation.plugins(), plugin), arguments, records);
  const std::filesystem::path library = std::filesystem::absolute(plugin);
  PluginHost host({library.parent_path()});
  return check(host, plugins_in(host, library), arguments, records);
}

void check(Invocation& invocation, const CheckArguments& arguments) {
  json::array records;
  bool kept = true;
  for (const auto& plugin : arguments.plugins) kept = check(invocation, plugin, arguments, records) && kept;
  if (arguments.plugins.empty()) kept = check(invocation.plugins(), invocation.plugins().list(), arguments, records);
  if (arguments.as_json) fmt::print("{}", pretty_json(records));
  if (!kept) invocation.status = kExitPlugin;
}

void add_check_command(CLI::App& plugins, Invocation& invocation) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command =
      plugins.add_subcommand("check", "Hold plugins to the contract of their kind. Exit status 7 if one breaks it");
  command->add_option("plugin", arguments->plugins, "Names, or library files (all plugins if none is given)");
  command->add_option("--set", arguments->settings, "A parameter's value, NAME=VALUE")->allow_extra_args(false);
  command->add_option("--time-limit", arguments->time_limit_s, "Seconds for each check")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--json", arguments->as_json, "Print JSON");
  command->callback([&invocation, arguments] { check(invocation, *arguments); });
}

}  // namespace

void add_plugin_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* plugins = app.add_subcommand("plugins", "List, inspect and check plugins")->require_subcommand(1);
  auto as_json = std::make_shared<bool>(false);

  CLI::App* list_command = plugins->add_subcommand("list", "All plugins, by their manifests");
  list_command->add_flag("--json", *as_json, "Print JSON");
  list_command->callback([&invocation, as_json] { list(invocation, *as_json); });

  auto name = std::make_shared<std::string>();
  CLI::App* inspect_command = plugins->add_subcommand("inspect", "One plugin, with its parameters");
  inspect_command->add_option("name", *name)->required();
  inspect_command->add_flag("--json", *as_json, "Print JSON");
  inspect_command->callback([&invocation, name, as_json] { inspect(invocation, *name, *as_json); });

  add_check_command(*plugins, invocation);
}

}  // namespace veleta
