#include "config/pipeline_config.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/files.hpp"
#include "loader.hpp"
#include "rules.hpp"
#include "run_parameters.hpp"

namespace veleta {

namespace {

constexpr size_t kMaxBytes = 1'000'000;

std::string read_pipeline_file(const std::filesystem::path& file) {
  try {
    return read_file(file, kMaxBytes);
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, std::string("pipeline's file: ") + error.what());
  }
}

std::string all_lines(const std::vector<Diagnostic>& diagnostics) {
  std::string lines;
  for (const auto& diagnostic : diagnostics) lines += (lines.empty() ? "" : "\n") + diagnostic.text();
  return lines;
}

/// A regression's target is a number, whatever stands in some cells of the first batch.
void take_target_for_number(PipelineConfig& config) {
  auto& numeric = config.columns.numeric;
  const std::string& target = config.pipeline.target;
  if (config.pipeline.task == "regression" && std::ranges::find(numeric, target) == numeric.end())
    numeric.push_back(target);
}

}  // namespace

std::string Diagnostic::text() const {
  return fmt::format("{}:{}:{}: {}{}", file.string(), line, column, key.empty() ? "" : key + ": ", message);
}

ConfigError::ConfigError(std::vector<Diagnostic> diagnostics)
    : Error(ErrorCode::kInvalidArgument, all_lines(diagnostics)), diagnostics_(std::move(diagnostics)) {}

PipelineConfig load_config(const std::filesystem::path& file, PluginHost& plugins, ConfigScope scope,
                           const std::map<std::string, std::string>& parameters) {
  PipelineConfig config;
  config.file = file;
  config.text = with_parameters(file, read_pipeline_file(file), parameters);
  Document document(file, config.text);
  document.require_sound();
  Loader(document, plugins).load(config);
  check_rules(config, document);
  if (scope != ConfigScope::kAll) document.pass_over("source");
  if (scope == ConfigScope::kAllButSourceAndDrift) document.pass_over("drift");
  document.require_sound();
  take_target_for_number(config);
  return config;
}

}  // namespace veleta
