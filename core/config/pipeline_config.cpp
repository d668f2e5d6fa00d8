#include "config/pipeline_config.hpp"

#include <fmt/format.h>

#include "base/files.hpp"
#include "loader.hpp"

namespace veleta {

namespace {

std::string all_lines(const std::vector<Diagnostic>& diagnostics) {
  std::string lines;
  for (const auto& diagnostic : diagnostics) lines += (lines.empty() ? "" : "\n") + diagnostic.text();
  return lines;
}

}  // namespace

std::string Diagnostic::text() const {
  return fmt::format("{}:{}:{}: {}{}", file.string(), line, column, key.empty() ? "" : key + ": ", message);
}

ConfigError::ConfigError(std::vector<Diagnostic> diagnostics)
    : Error(ErrorCode::kInvalidArgument, all_lines(diagnostics)), diagnostics_(std::move(diagnostics)) {}

PipelineConfig load_config(const std::filesystem::path& file, PluginHost& plugins, ConfigScope scope) {
  PipelineConfig config;
  config.file = file;
  config.text = read_file(file);
  Document document(file, config.text);
  document.require_sound();
  Loader(document, plugins).load(config);
  if (scope == ConfigScope::kAllButSource) document.pass_over("source");
  document.require_sound();
  return config;
}

}  // namespace veleta
