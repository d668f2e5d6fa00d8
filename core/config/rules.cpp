#include "rules.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

#include "base/text.hpp"
#include "base/uri.hpp"
#include "metrics/metrics.hpp"

namespace veleta {

namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "${NAME}" or "${NAME:-}".
bool is_variable_alone(std::string_view text) {
  if (!text.starts_with("${") || !text.ends_with('}')) return false;
  text = text.substr(2, text.size() - 3);
  if (text.ends_with(":-")) text.remove_suffix(2);
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

class Rules {
 public:
  Rules(const PipelineConfig& config, Document& document) : config_(config), document_(document) {}

  void check() {
    check_name();
    check_task();
    check_columns();
    check_detectors("drift", config_.drift);
    check_streams();
    check_segment_columns();
    check_target_range();
    check_metric("promote.metric", config_.promote.metric);
    check_gates();
    if (config_.learners.empty() && document_.root()["learner"].is_array())
      document_.complain("learner", "expected at least one [[learner]]");
    check_uri("store.uri", config_.store_uri, "postgresql://USER@HOST:PORT/DATABASE", {"postgresql", "postgres"});
    check_uri("registry.uri", config_.registry_uri, "http://HOST:PORT of an MLflow server", {"http", "https"});
    check_blobs();
    check_token();
  }

 private:
  bool is_classification() const { return config_.pipeline.task == "classification"; }
  bool is_regression() const { return config_.pipeline.task == "regression"; }

  /// The name is a model's in the registry too.
  void check_name() {
    constexpr size_t kLongest_bytes = 200;
    const auto is_forbidden = [](unsigned char c) {
      return c < 0x20 || c == 0x7F ||
             std::string_view("/\\:.%\"'").find(static_cast<char>(c)) != std::string_view::npos;
    };
    const std::string& name = config_.pipeline.name;
    if (name.size() > kLongest_bytes || std::any_of(name.begin(), name.end(), is_forbidden))
      document_.expected("pipeline.name",
                         "a name of at most 200 bytes, without / \\ : . % \" ' and control characters");
  }

  void check_task() {
    if (is_classification() && config_.pipeline.transform == "log")
      document_.complain("pipeline.transform", "is for regression; classification has no transform");
    if (is_regression() && !config_.pipeline.positive.empty())
      document_.complain("pipeline.positive", "is for classification; regression has no labels");
  }

  /// Each column has one role, which for the target fits the task; where all names are known, roles name them.
  void check_columns() {
    const auto& columns = config_.columns;
    std::map<std::string, std::string> place_of;
    check_role("columns.numeric", columns.numeric, place_of, true);
    check_role("columns.categorical", columns.categorical, place_of, !is_regression());
    check_role("columns.date", columns.date, place_of, false);
    check_role("columns.ignore", columns.ignore, place_of, false);
    if (!columns.names.empty() && !config_.pipeline.target.empty() && !has(columns.names, config_.pipeline.target))
      document_.complain("pipeline.target", "is not in columns.names, which names all columns");
    std::set<std::string> seen;
    for (size_t i = 0; i < columns.names.size(); ++i)
      if (!seen.insert(columns.names[i]).second)
        document_.complain(fmt::format("columns.names[{}]", i), "is there already");
  }

  void check_role(const std::string& role, const std::vector<std::string>& names,
                  std::map<std::string, std::string>& place_of, bool may_be_target) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty()) continue;  // could not be read
      const std::string key = fmt::format("{}[{}]", role, i);
      const auto [at, is_new] = place_of.try_emplace(names[i], key);
      if (!is_new) document_.complain(key, fmt::format("is {} already; a column has one role", at->second));
      if (names[i] == config_.pipeline.target && !may_be_target)
        document_.complain(key, fmt::format("is the target, which cannot be one of {}", role));
      check_known(key, names[i]);
    }
  }

  void check_known(const std::string& key, const std::string& name) {
    if (!name.empty() && !config_.columns.names.empty() && !has(config_.columns.names, name))
      document_.complain(key, "is not in columns.names, which names all columns");
  }

  void check_detectors(const std::string& section, const std::vector<PluginUse>& uses) {
    for (size_t i = 0; i < uses.size(); ++i)
      for (size_t j = 0; j < uses[i].columns.size(); ++j) {
        const std::string key = fmt::format("{}[{}].columns[{}]", section, i, j);
        const std::string& name = uses[i].columns[j];
        if (has(config_.columns.ignore, name)) document_.complain(key, "is in columns.ignore, so no detector sees it");
        check_known(key, name);
      }
  }

  /// The model takes numbers in from what is not the target; other columns may prove to be numbers or not.
  void check_streams() {
    check_detectors("stream", config_.streams);
    for (size_t i = 0; i < config_.streams.size(); ++i)
      for (size_t j = 0; j < config_.streams[i].columns.size(); ++j) {
        const std::string key = fmt::format("stream[{}].columns[{}]", i, j);
        const auto& columns = config_.streams[i].columns;
        const std::string& name = columns[j];
        if (std::find(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(j), name) !=
            columns.begin() + static_cast<std::ptrdiff_t>(j))
          document_.complain(key, "is there already");
        if (name == config_.pipeline.target)
          document_.complain(key, "is the target, which is not served: watch the prediction or the error");
        else if (has(config_.columns.categorical, name) || has(config_.columns.date, name))
          document_.complain(key, "is no column of numbers");
      }
  }

  void check_segment_columns() {
    for (size_t i = 0; i < config_.segments.by.size(); ++i) {
      const std::string key = fmt::format("segments.by[{}]", i);
      if (has(config_.columns.ignore, config_.segments.by[i])) document_.complain(key, "is in columns.ignore");
      check_known(key, config_.segments.by[i]);
    }
  }

  void check_target_range() {
    const auto& [least, most] = std::pair(config_.validate.min_target, config_.validate.max_target);
    if (least && most && *least > *most) document_.expected("validate.max_target", "validate.min_target or more");
  }

  void check_metric(const std::string& key, const std::string& metric) {
    if (metric.empty() || (!is_classification() && !is_regression())) return;
    const auto known = metric_names(is_classification() ? Task::kBinary : Task::kRegression);
    if (!has(known, metric))
      document_.expected(key, fmt::format("a metric of {}, one of: {}", config_.pipeline.task, join(known, ", ")),
                         known);
  }

  void check_gates() {
    const auto& gates = config_.promote.gates;
    if (gates.empty() && document_.root().at_path("promote.gates").is_array())
      document_.complain("promote.gates", "expected at least one gate");
    for (size_t i = 0; i < gates.size(); ++i) {
      const std::string key = fmt::format("promote.gates[{}]", i);
      check_metric(key + ".metric", gates[i].metric);
      const auto table = document_.root().at_path(key);
      const int conditions = (table["improves_by"] ? 1 : 0) + (table["worsens_by_at_most"] ? 1 : 0);
      if (table.is_table() && conditions != 1)
        document_.complain(key, fmt::format("expected improves_by or worsens_by_at_most, found {}",
                                            conditions == 0 ? "neither" : "both"));
    }
  }

  /// An SQLite file, or a server of one of the schemes.
  void check_uri(const std::string& key, const std::string& uri, const char* server,
                 const std::set<std::string>& schemes) {
    const std::string scheme = uri_scheme(uri);
    if (schemes.contains(scheme) && uri.size() > scheme.size() + 3) return;
    try {
      sqlite_path(uri);
    } catch (const Error&) {
      const std::string what = fmt::format("sqlite:///relative/path.db, sqlite:////absolute/path.db or {}", server);
      if (without_secrets(uri) == uri) return document_.expected(key, what);
      document_.complain(key, fmt::format("expected {}, found the scheme '{}'", what, scheme));
    }
  }

  /// The file goes into the records of runs: a secret in it would, too.
  void check_token() {
    const auto token = document_.root().at_path("serve.token").value<std::string>();
    if (token && !token->empty() && !is_variable_alone(*token))
      document_.complain("serve.token",
                         "expected an environment variable alone, as \"${VELETA_TOKEN}\", found another text");
  }

  void check_blobs() {
    const std::string scheme = uri_scheme(config_.store_uri);
    if (config_.store_blobs.empty() && (scheme == "postgresql" || scheme == "postgres"))
      document_.complain("store.blobs", "expected where payloads are kept: PostgreSQL has no folder beside it");
  }

  const PipelineConfig& config_;
  Document& document_;
};

}  // namespace

void check_rules(const PipelineConfig& config, Document& document) { Rules(config, document).check(); }

}  // namespace veleta
