#include "loader.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.hpp"

namespace veleta {

namespace {

const std::vector<std::string> kGrounds{"drift", "new_categories", "performance", "volume", "schema"};
const std::vector<std::string> kDefaultGrounds{"drift", "new_categories", "performance"};
const std::vector<std::string> kDefaultDetectors{"ks", "chi_square", "missing_share"};

/// The metrics that core/model computes, by task.
const std::map<std::string, std::vector<std::string>> kMetrics{
    {"regression", {"mae", "rmse", "median_ae", "mape", "r2"}},
    {"classification", {"log_loss", "brier", "auc", "accuracy"}}};

std::vector<Gate> default_gates(const std::string& task) {
  if (task == "classification") return {{"log_loss", 0.01, std::nullopt}};
  return {{"mae", 0.03, std::nullopt}, {"rmse", std::nullopt, 0.01}};
}

}  // namespace

class Loader::Values {
 public:
  explicit Values(ParamValues values) : values_(std::move(values)) {}
  double number(const char* name) const { return find(name).number; }
  int64_t integer(const char* name) const { return find(name).integer; }
  bool flag(const char* name) const { return find(name).integer != 0; }
  std::string text(const char* name) const { return find(name).text; }
  std::vector<std::string> list(const char* name) const { return find(name).items; }

 private:
  /// A required key that is missing has been complained of; its value does not matter.
  const ParamValue& find(const char* name) const {
    static const ParamValue kAbsent;
    const auto found =
        std::find_if(values_.begin(), values_.end(), [&](const auto& value) { return value.name == name; });
    return found == values_.end() ? kAbsent : *found;
  }
  ParamValues values_;
};

void Loader::load(PipelineConfig& config) {
  refuse_unknown_sections();
  load_pipeline(config);
  if (const auto source = load_one("source", PluginKind::kSource)) config.source = *source;
  load_columns(config);
  load_validate(config);
  config.drift = load_all("drift", PluginKind::kDetector);
  if (!document_.root().contains("drift")) add_default_detectors(config);
  load_retrain(config);
  load_train(config);
  load_features(config);
  config.learners = load_all("learner", PluginKind::kLearner);
  if (!document_.root().contains("learner"))
    document_.complain_absent(
        nullptr, "learner",
        "is required: at least one [[learner]]. Installed: " + join(plugins_.names(PluginKind::kLearner), ", "));
  refuse_twice(config.learners);
  load_promote(config);
  if (document_.root().contains("explain")) config.explain = load_one("explain", PluginKind::kExplainer);
  load_uris(config);
  load_serve(config);
}

void Loader::refuse_unknown_sections() {
  std::vector<std::string> names;
  for (const auto& known : sections()) names.push_back(known.name);
  for (const auto& [name, node] : document_.root()) {
    const std::string key(name.str());
    const auto known = std::find(names.begin(), names.end(), key);
    if (known == names.end()) {
      document_.complain(node, key, "unknown section." + did_you_mean(key, names));
    } else if (section(key).is_array ? !node.is_array_of_tables() && !node.is_array() : !node.is_table()) {
      document_.complain(
          node, key, section(key).is_array ? fmt::format("expected [[{}]]", key) : fmt::format("expected [{}]", key));
    }
  }
}

const toml::table* Loader::table_of(const std::string& section_name) {
  static const toml::table kEmpty;
  const toml::node* node = document_.root().get(section_name);
  return node && node->is_table() ? node->as_table() : &kEmpty;
}

Loader::Values Loader::values_of(const std::string& section_name) {
  const Section& described = section(section_name);
  const toml::table& table = *table_of(section_name);
  document_.refuse_unknown(table, section_name, described.keys, described.special_keys);
  return Values(document_.read(table, section_name, described.keys));
}

void Loader::load_pipeline(PipelineConfig& config) {
  const Values values = values_of("pipeline");
  config.pipeline = {values.text("name"), values.text("task"), values.text("target"), values.text("transform"),
                     values.text("positive")};
  const toml::table& table = *table_of("pipeline");
  if (config.pipeline.task == "classification" && config.pipeline.transform != "none")
    document_.complain(*table.get("transform"), "pipeline.transform",
                       "a transform is for regression; classification has none");
  if (config.pipeline.task == "regression" && !config.pipeline.positive.empty())
    document_.complain(*table.get("positive"), "pipeline.positive", "is for classification; regression has no labels");
}

void Loader::load_columns(PipelineConfig& config) {
  const Values values = values_of("columns");
  config.columns = {values.list("numeric"), values.list("categorical"), values.list("date"),
                    values.list("ignore"),  values.list("names"),       values.flag("fold_case")};
  std::map<std::string, std::string> seen;
  for (const char* role : {"numeric", "categorical", "date", "ignore"})
    for (const auto& name : values.list(role)) {
      const auto [at, is_new] = seen.try_emplace(name, role);
      if (!is_new)
        document_.complain(*table_of("columns")->get(role), std::string("columns.") + role,
                           fmt::format("column '{}' is in columns.{} already", name, at->second));
      if (name == config.pipeline.target && std::string(role) == "ignore")
        document_.complain(*table_of("columns")->get(role), "columns.ignore", fmt::format("'{}' is the target", name));
    }
}

std::optional<double> Loader::optional_number(const toml::table& table, const std::string& path, const char* key) {
  const toml::node* node = table.get(key);
  if (!node) return std::nullopt;
  if (!node->is_number()) {
    document_.complain(*node, path + "." + key, "expected a number");
    return std::nullopt;
  }
  return node->value<double>();
}

void Loader::load_validate(PipelineConfig& config) {
  const Values values = values_of("validate");
  const toml::table& table = *table_of("validate");
  config.validate = {values.integer("min_rows"),
                     values.number("max_missing_share"),
                     values.number("max_retyped_share"),
                     values.number("max_duplicate_share"),
                     optional_number(table, "validate", "min_target"),
                     optional_number(table, "validate", "max_target")};
}

void Loader::load_retrain(PipelineConfig& config) {
  const Values values = values_of("retrain");
  config.retrain = {values.number("alpha"), kDefaultGrounds, values.number("max_metric_growth"),
                    values.number("min_volume_growth")};
  const toml::node* when = table_of("retrain")->get("when");
  if (!when) return;
  config.retrain.when.clear();
  if (!when->is_array())
    return document_.complain(*when, "retrain.when", "expected a list of: " + join(kGrounds, ", "));
  for (const auto& item : *when->as_array()) {
    const std::string ground = item.value_or<std::string>("");
    if (std::find(kGrounds.begin(), kGrounds.end(), ground) == kGrounds.end())
      document_.complain(item, "retrain.when",
                         fmt::format("expected one of: {}, found \"{}\".{}", join(kGrounds, ", "), ground,
                                     did_you_mean(ground, kGrounds)));
    config.retrain.when.push_back(ground);
  }
}

void Loader::load_train(PipelineConfig& config) {
  const Values values = values_of("train");
  config.train = {static_cast<uint64_t>(values.integer("seed")),
                  values.integer("threads"),
                  values.number("holdout_share"),
                  values.number("validation_share"),
                  values.integer("window_batches"),
                  values.integer("max_rows"),
                  values.number("timeout_s")};
}

void Loader::load_features(PipelineConfig& config) {
  const Values values = values_of("features");
  config.features = {values.integer("max_one_hot_levels"), values.integer("min_level_rows"), values.number("smoothing"),
                     values.integer("folds")};
}

std::optional<PluginUse> Loader::load_plugin(const toml::table& table, const std::string& path, const Section& section,
                                             PluginKind kind) {
  const toml::node* named = table.get("plugin");
  if (!named) {
    document_.complain_absent(&table, path + ".plugin", "is required. Installed: " + join(plugins_.names(kind), ", "));
    return std::nullopt;
  }
  PluginUse use;
  use.name = named->value_or<std::string>("");
  try {
    const auto& description = plugins_.describe(kind, use.name);
    std::vector<ParamDescription> all = section.keys;
    all.insert(all.end(), description.params.begin(), description.params.end());
    document_.refuse_unknown(table, path, all, {});
    const ParamValues own = document_.read(table, path, section.keys);
    for (const auto& value : own)
      if (value.name == "columns") use.columns = value.items;
    use.params = document_.read(table, path, description.params);
  } catch (const Error& error) {
    document_.complain(*named, path + ".plugin", error.what());
    return std::nullopt;
  }
  return use;
}

std::optional<PluginUse> Loader::load_one(const std::string& section_name, PluginKind kind) {
  const toml::node* node = document_.root().get(section_name);
  if (node && !node->is_table()) return std::nullopt;
  if (!node) {
    document_.complain_absent(
        nullptr, section_name,
        fmt::format("[{}] is required. Installed: {}", section_name, join(plugins_.names(kind), ", ")));
    return std::nullopt;
  }
  return load_plugin(*node->as_table(), section_name, section(section_name), kind);
}

std::vector<PluginUse> Loader::load_all(const std::string& section_name, PluginKind kind) {
  std::vector<PluginUse> uses;
  const toml::node* node = document_.root().get(section_name);
  if (!node || !node->is_array()) return uses;
  size_t index = 0;
  for (const auto& item : *node->as_array()) {
    const std::string path = fmt::format("{}[{}]", section_name, index++);
    if (!item.is_table())
      document_.complain(item, path, "expected a table");
    else if (auto use = load_plugin(*item.as_table(), path, section(section_name), kind))
      uses.push_back(std::move(*use));
  }
  return uses;
}

void Loader::refuse_twice(const std::vector<PluginUse>& learners) {
  for (size_t i = 0; i < learners.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (learners[i].name == learners[j].name)
        document_.complain(*document_.root().get("learner"), fmt::format("learner[{}].plugin", i),
                           fmt::format("learner '{}' is there already", learners[i].name));
}

PluginUse Loader::with_defaults(PluginKind kind, const std::string& name) {
  return {name, default_values(plugins_.describe(kind, name).params), {}};
}

void Loader::add_default_detectors(PipelineConfig& config) {
  const auto installed = plugins_.names(PluginKind::kDetector);
  for (const auto& name : kDefaultDetectors)
    if (std::find(installed.begin(), installed.end(), name) != installed.end())
      config.drift.push_back(with_defaults(PluginKind::kDetector, name));
}

void Loader::check_metric(const toml::node* at, const std::string& key, const std::string& metric,
                          const std::string& task) {
  const auto known = kMetrics.find(task);
  if (!at || known == kMetrics.end() ||
      std::find(known->second.begin(), known->second.end(), metric) != known->second.end())
    return;
  document_.complain(*at, key,
                     fmt::format("expected a metric of {}: {}; found \"{}\".{}", task, join(known->second, ", "),
                                 metric, did_you_mean(metric, known->second)));
}

void Loader::load_promote(PipelineConfig& config) {
  const Values values = values_of("promote");
  const toml::table& table = *table_of("promote");
  config.promote.metric = values.text("metric");
  if (config.promote.metric.empty())
    config.promote.metric = config.pipeline.task == "classification" ? "log_loss" : "mae";
  check_metric(table.get("metric"), "promote.metric", config.promote.metric, config.pipeline.task);

  const toml::node* gates = table.get("gates");
  if (!gates) {
    config.promote.gates = default_gates(config.pipeline.task);
    return;
  }
  if (!gates->is_array()) return document_.complain(*gates, "promote.gates", "expected a list of tables");
  size_t index = 0;
  for (const auto& item : *gates->as_array()) load_gate(item, fmt::format("promote.gates[{}]", index++), config);
  if (config.promote.gates.empty() && index == 0)
    document_.complain(*gates, "promote.gates", "expected at least one gate");
}

void Loader::load_gate(const toml::node& node, const std::string& path, PipelineConfig& config) {
  if (!node.is_table())
    return document_.complain(node, path, "expected a table: { metric = \"mae\", improves_by = 0.03 }");
  const toml::table& table = *node.as_table();
  document_.refuse_unknown(table, path, {}, {"metric", "improves_by", "worsens_by_at_most"});
  Gate gate{table["metric"].value_or<std::string>(""), optional_number(table, path, "improves_by"),
            optional_number(table, path, "worsens_by_at_most")};
  if (!table.contains("metric")) document_.complain(node, path + ".metric", "is required");
  check_metric(table.get("metric"), path + ".metric", gate.metric, config.pipeline.task);
  if (!table.contains("improves_by") && !table.contains("worsens_by_at_most"))
    document_.complain(node, path, "needs improves_by or worsens_by_at_most");
  config.promote.gates.push_back(gate);
}

void Loader::load_uris(PipelineConfig& config) {
  const std::string fallback = fmt::format("sqlite:///var/{}.db", identifier(config.pipeline.name));
  config.store_uri = values_of("store").text("uri");
  config.registry_uri = values_of("registry").text("uri");
  if (config.store_uri.empty()) config.store_uri = fallback;
  if (config.registry_uri.empty()) config.registry_uri = fallback;
}

void Loader::load_serve(PipelineConfig& config) {
  const Values values = values_of("serve");
  config.serve = {"",
                  0,
                  values.integer("threads"),
                  values.integer("max_body_bytes"),
                  values.integer("max_rows"),
                  values.number("reload_interval_s")};
  const std::string listen = values.text("listen");
  const size_t colon = listen.rfind(':');
  const char* end = listen.data() + listen.size();
  const bool sound = colon != std::string::npos && colon > 0 && [&] {
    const auto [stop, error] = std::from_chars(listen.data() + colon + 1, end, config.serve.port);
    return error == std::errc() && stop == end;
  }();
  config.serve.host = listen.substr(0, colon);
  if (!sound)
    document_.complain(
        *table_of("serve")->get("listen"), "serve.listen",
        fmt::format("expected an address and a port from 0 to 65535, as 127.0.0.1:8080; found \"{}\"", listen));
}

}  // namespace veleta
