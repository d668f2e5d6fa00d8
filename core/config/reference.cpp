#include <fmt/format.h>

#include "config/pipeline_config.hpp"
#include "sections.hpp"

namespace veleta {

namespace {

constexpr const char* kIntroduction = R"(# Configuration

A pipeline is one TOML file. `veleta config check FILE` finds every mistake in it at once and runs nothing. Each is a line:

    my_pipeline.toml:12:1: drift[0].min_efect: unknown key. Did you mean 'min_effect'?

This page is what `veleta config reference` prints, made from the tables that the check goes by.

Any text, in lists and among a plugin's parameters too, may name parameters of the file and environment variables:
`"${NAME}"`, or with a fallback where
it is unset or empty `"${NAME:-fallback}"`; `$${` stands for `${`. Secrets belong there, never in the file. Paths are relative
to the folder that the program is started in.
)";

std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string keys_table(const std::vector<ParamDescription>& keys) {
  if (keys.empty()) return "";
  std::string table = "| key | type | default | range | meaning |\n|---|---|---|---|---|\n";
  for (const auto& key : keys)
    table += fmt::format("| `{}` | {} | {} | {} | {}{} |\n", key.name, key.type_name(),
                         key.required ? "*required*" : "`" + key.default_toml() + "`", cell(key.range()), cell(key.doc),
                         key.unit.empty() ? "" : " (" + key.unit + ")");
  return table;
}

/// The parameters of a plugin; of one that is found but cannot be loaded, why.
std::string parameters(PluginHost& plugins, const PluginSummary& plugin) {
  try {
    const auto& params = plugins.describe(plugin.kind, plugin.name).params;
    return params.empty() ? "It has no parameters.\n" : keys_table(params);
  } catch (const Error& error) {
    return fmt::format("It cannot be loaded: {}\n", error.what());
  }
}

}  // namespace

std::string config_reference(PluginHost& plugins) {
  std::string text = kIntroduction;
  for (const auto& section : sections()) {
    text += fmt::format("\n## {}\n\n{}\n\n{}", heading(section), section.doc, keys_table(section.keys));
  }
  for (const auto& plugin : plugins.list())
    if (plugin.kind != PluginKind::kUnknown)
      text += fmt::format("\n## {} `{}`\n\n{}.\n\n{}", to_string(plugin.kind), plugin.name, plugin.description,
                          parameters(plugins, plugin));
  return text;
}

}  // namespace veleta
