#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "plugins/plugin_host.hpp"

namespace veleta::testing {

/// A folder of plugins that a test fills; removed at the end.
class PluginFolder {
 public:
  PluginFolder();
  ~PluginFolder();
  PluginFolder(const PluginFolder&) = delete;
  PluginFolder& operator=(const PluginFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Puts a fixture's library here, with a manifest that tells of one plugin of it.
  void add(const std::string& library, const std::string& kind, const std::string& name);
  void write(const std::string& file, const std::string& content);

 private:
  std::filesystem::path path_;
};

/// A manifest that tells of one plugin.
std::string manifest(const std::string& library, const std::string& kind, const std::string& name);

/// The Error that `action` throws; fails the test where it throws none.
Error error_of(const std::function<void()>& action);

/// Default values with some texts set.
ParamValues values_with(const PluginDescription& plugin, const std::string& name, const std::string& text);

}  // namespace veleta::testing
