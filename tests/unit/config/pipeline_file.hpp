#pragma once

#include <gtest/gtest.h>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "config/pipeline_config.hpp"

namespace veleta {

inline const std::string kPluginFolder = std::string(VELETA_BINARY_FOLDER) + "/lib/veleta/plugins";

inline constexpr const char* kSoundFile = R"([pipeline]
name = "rent"
target = "price"
[source]
plugin = "csv"
path = "data.csv"
[[learner]]
plugin = "ridge"
)";

/// A pipeline's file in a folder of its own, and the plugins of this build.
class PipelineFile : public ::testing::Test {
 protected:
  PipelineFile() { std::filesystem::create_directory(folder_); }
  ~PipelineFile() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path& folder() const { return folder_; }

  PipelineConfig load(const std::string& text, PluginHost& plugins, ConfigScope scope = ConfigScope::kAll) {
    const auto file = folder_ / "pipeline.toml";
    write_file_atomically(file, text);
    return load_config(file, plugins, scope);
  }
  PipelineConfig load(const std::string& text) { return load(text, plugins_); }

  /// What is told of a wrong file, a line each, without the file's name; empty where nothing is wrong.
  std::string lines_of(const std::string& text, PluginHost& plugins, ConfigScope scope = ConfigScope::kAll) {
    std::string lines;
    try {
      load(text, plugins, scope);
    } catch (const ConfigError& error) {
      const std::string file = (folder_ / "pipeline.toml").string() + ":";
      for (const auto& diagnostic : error.diagnostics()) {
        const std::string line = diagnostic.text();
        EXPECT_TRUE(line.starts_with(file)) << line;
        lines += line.substr(file.size()) + "\n";
      }
    }
    return lines;
  }
  std::string lines_of(const std::string& text) { return lines_of(text, plugins_); }

  PluginHost plugins_{{kPluginFolder}};

 private:
  const std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("veleta-" + new_id());
};

}  // namespace veleta
