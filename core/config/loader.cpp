#include "loader.hpp"

#include <fmt/format.h>
#include <charconv>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "config/cron.hpp"
#include "plugin_sections.hpp"

namespace veleta {

namespace {

std::vector<Gate> default_gates(const std::string& task) {
  if (task == "classification") return {{"log_loss", 0.01, std::nullopt}};
  return {{"mae", 0.03, std::nullopt}, {"rmse", std::nullopt, 0.01}};
}

constexpr int64_t kShortestSchedule_s = 10;

bool has_shape(const toml::node& node, const Section& section) {
  return section.is_array ? node.is_array() : node.is_table();
}

/// "127.0.0.1:8080", "localhost:0", "[::1]:8080" into host and port; false for anything else.
bool parse_listen(const std::string& listen, std::string& host, uint16_t& port) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return false;
  host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string::npos)
    return false;
  const char* end = listen.data() + listen.size();
  const auto [stop, error] = std::from_chars(listen.data() + colon + 1, end, port);
  return !host.empty() && error == std::errc() && stop == end;
}

}  // namespace

void Loader::load(PipelineConfig& config) {
  document_.refuse_unknown(document_.root(), "", names_within(""));
  refuse_wrong_shapes();
  load_parameters(config);
  load_pipeline(config);
  load_columns(config);
  load_validate(config);
  load_retrain(config);
  load_segments(config);
  load_train(config);
  load_features(config);
  load_promote(config);
  load_uris(config);
  load_serve(config);
  load_runner(config);
  load_schedule(config);
  load_plugins(document_, plugins_, config);
}

void Loader::refuse_wrong_shapes() {
  for (const auto& described : sections()) {
    const auto node = document_.root().at_path(described.name);
    if (!node || has_shape(*node.node(), described)) continue;
    if (described.is_array && node.is_table())
      document_.complain(described.name, fmt::format("expected {0}, found a table, as [{1}] makes it",
                                                     heading(described), described.name));
    else
      document_.expected(described.name, heading(described));
  }
}

const toml::table* Loader::table_of(const std::string& section_name) {
  const toml::node* node = document_.root().get(section_name);
  return node ? node->as_table() : nullptr;
}

Values Loader::values_of(const std::string& section_name) {
  static const toml::table kEmpty;
  const Section& described = section(section_name);
  const toml::table* table = table_of(section_name);
  if (!table && document_.root().contains(section_name)) return Values(default_values(described.keys));
  if (table) document_.refuse_unknown(*table, section_name, names_within(section_name));
  return Values(document_.read(table ? *table : kEmpty, section_name, described.keys));
}

std::vector<Values> Loader::all_values_of(const std::string& section_name) {
  std::vector<Values> all;
  const toml::array* tables = document_.root().at_path(section_name).as_array();
  for (size_t i = 0; tables && i < tables->size(); ++i) {
    const std::string path = fmt::format("{}[{}]", section_name, i);
    const toml::table* table = (*tables)[i].as_table();
    if (!table) document_.expected(path, "a table");
    if (table) document_.refuse_unknown(*table, path, names_within(section_name));
    const auto& keys = section(section_name).keys;
    all.emplace_back(table ? document_.read(*table, path, keys) : default_values(keys));
  }
  return all;
}

void Loader::load_parameters(PipelineConfig& config) {
  if (const toml::table* table = table_of("parameters"))
    config.parameters = document_.read_parameters(*table, "parameters");
}

void Loader::load_pipeline(PipelineConfig& config) {
  const Values values = values_of("pipeline");
  config.pipeline = {values.text("name"), values.text("task"), values.text("target"), values.text("transform"),
                     values.text("positive")};
}

void Loader::load_columns(PipelineConfig& config) {
  const Values values = values_of("columns");
  config.columns = {values.list("numeric"), values.list("categorical"), values.list("date"),
                    values.list("ignore"),  values.list("names"),       values.flag("fold_case")};
}

void Loader::load_validate(PipelineConfig& config) {
  const Values values = values_of("validate");
  config.validate = {values.integer("min_rows"),           values.number("max_missing_share"),
                     values.number("max_retyped_share"),   values.number("max_duplicate_share"),
                     values.optional_number("min_target"), values.optional_number("max_target")};
}

void Loader::load_retrain(PipelineConfig& config) {
  const Values values = values_of("retrain");
  config.retrain = {
      values.number("alpha"),           values.text("over_time"),           values.list("when"),
      values.number("min_drift_share"), values.number("max_metric_growth"), values.number("min_volume_growth")};
}

void Loader::load_segments(PipelineConfig& config) {
  const Values values = values_of("segments");
  config.segments = {values.list("by"), values.integer("min_rows"), values.integer("most")};
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

void Loader::load_promote(PipelineConfig& config) {
  config.promote.metric = values_of("promote").text("metric");
  if (config.promote.metric.empty())
    config.promote.metric = config.pipeline.task == "classification" ? "log_loss" : "mae";
  for (const Values& gate : all_values_of("promote.gates"))
    config.promote.gates.push_back(
        {gate.text("metric"), gate.optional_number("improves_by"), gate.optional_number("worsens_by_at_most")});
  if (!document_.root().at_path("promote.gates")) config.promote.gates = default_gates(config.pipeline.task);
}

void Loader::load_uris(PipelineConfig& config) {
  const std::string fallback = fmt::format("sqlite:///var/{}.db", identifier(config.pipeline.name));
  const Values store = values_of("store");
  config.store_uri = store.text("uri");
  config.store_blobs = store.text("blobs");
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
                  values.number("reload_interval_s"),
                  values.text("cache"),
                  values.text("spool"),
                  values.text("token")};
  if (!parse_listen(values.text("listen"), config.serve.host, config.serve.port))
    document_.expected("serve.listen", "an address and a port from 0 to 65535, as 127.0.0.1:8080");
}

void Loader::load_runner(PipelineConfig& config) {
  const Values values = values_of("runner");
  config.runner = {values.integer("threads"), values.text("when_busy") == "refuse", values.integer("max_queued"),
                   values.number("lease_s"), values.integer("keep_days")};
}

void Loader::load_schedule(PipelineConfig& config) {
  const Values values = values_of("schedule");
  config.schedule = {0, values.text("cron"), values.text("new_files")};
  const std::string& every = values.text("every");
  if (const auto seconds = parse_duration_s(every); !every.empty() && seconds.value_or(0) < kShortestSchedule_s)
    document_.expected("schedule.every", "a number with s, m, h or d, of 10s at least, as 15m or 1h");
  else
    config.schedule.every_s = seconds.value_or(0);
  if (config.schedule.cron.empty()) return;
  try {
    CronTimes(config.schedule.cron);
  } catch (const Error& error) {
    document_.complain("schedule.cron", error.what());
  }
}

}  // namespace veleta
