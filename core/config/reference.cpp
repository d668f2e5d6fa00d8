#include <fmt/format.h>

#include "config/pipeline_config.hpp"
#include "sections.hpp"

namespace veleta {

namespace {

constexpr const char* kIntroduction = R"(# Configuration

A pipeline is one TOML file. `veleta config check FILE` finds every mistake in it at once and runs nothing; this page is what
`veleta config reference` prints, made from the tables that the check goes by.

A text may name environment variables: `"${NAME}"`, or with a fallback `"${NAME:-fallback}"`; `$${` stands for `${`. Secrets
belong there, never in the file. Paths are relative to the folder that the program is started in.
)";

std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string keys_table(const std::vector<ParamDescription>& keys) {
  if (keys.empty()) return "It has no parameters.\n";
  std::string table = "| key | type | default | range | meaning |\n|---|---|---|---|---|\n";
  for (const auto& key : keys)
    table += fmt::format("| `{}` | {} | {} | {} | {}{} |\n", key.name, key.type_name(),
                         key.required ? "*required*" : "`" + key.default_toml() + "`", cell(key.range()), cell(key.doc),
                         key.unit.empty() ? "" : " (" + key.unit + ")");
  return table;
}

/// Keys whose values no table describes.
std::string special_keys(const std::string& section) {
  if (section == "validate")
    return "| `min_target`, `max_target` | number | none | | a target outside makes the batch unsound |\n";
  if (section == "retrain")
    return "| `when` | list of texts | `[\"drift\", \"new_categories\", \"performance\"]` | of: drift, new_categories, "
           "performance, "
           "volume, schema | what leads to training; `schema` also takes new columns up |\n";
  if (section == "promote")
    return "| `gates` | list of tables | mae improves by 0.03 and rmse worsens by at most 0.01; classification: "
           "log_loss improves by "
           "0.01 | | conditions that a challenger must all meet, `{ metric = \"mae\", improves_by = 0.03 }` or `{ "
           "metric = "
           "\"rmse\", worsens_by_at_most = 0.01 }`: shares of the production model's value on the same held-out rows. "
           "Metrics: mae, "
           "rmse, median_ae, mape, r2; for classification log_loss, brier, auc, accuracy |\n";
  return "";
}

}  // namespace

std::string config_reference(PluginHost& plugins) {
  std::string text = kIntroduction;
  for (const auto& section : sections()) {
    text += fmt::format("\n## {}\n\n{}\n\n", section.is_array ? "[[" + section.name + "]]" : "[" + section.name + "]",
                        section.doc);
    text += keys_table(section.keys) + special_keys(section.name);
  }
  for (const PluginKind kind :
       {PluginKind::kSource, PluginKind::kDetector, PluginKind::kLearner, PluginKind::kExplainer})
    for (const auto& name : plugins.names(kind)) {
      const auto& plugin = plugins.describe(kind, name);
      text += fmt::format("\n## {} `{}`\n\n{}.\n\n{}", to_string(kind), name, plugin.summary.description,
                          keys_table(plugin.params));
    }
  return text;
}

}  // namespace veleta
