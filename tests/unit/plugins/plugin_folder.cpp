#include "plugin_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "base/ids.hpp"

namespace veleta::testing {

PluginFolder::PluginFolder() : path_(std::filesystem::temp_directory_path() / ("veleta_plugins_" + new_id())) {
  std::filesystem::create_directories(path_);
}

PluginFolder::~PluginFolder() { std::filesystem::remove_all(path_); }

void PluginFolder::add(const std::string& library, const std::string& kind, const std::string& name) {
  std::filesystem::copy_file(std::filesystem::path(FIXTURE_FOLDER) / (library + ".so"), path_ / (library + ".so"),
                             std::filesystem::copy_options::skip_existing);
  write(name + ".toml", manifest(library, kind, name));
}

void PluginFolder::write(const std::string& file, const std::string& content) {
  write_file_atomically(path_ / file, content);
}

std::string manifest(const std::string& library, const std::string& kind, const std::string& name) {
  return fmt::format(
      "manifest_version = 1\nlibrary = \"{}.so\"\nabi_version = 1\nversion = \"1.0.0\"\nlicense = \"Apache-2.0\"\n"
      "[[plugin]]\nkind = \"{}\"\nname = \"{}\"\ndescription = \"for tests\"\n",
      library, kind, name);
}

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::kInternal, "nothing was thrown");
}

ParamValues values_with(const PluginDescription& plugin, const std::string& name, const std::string& text) {
  ParamValues values = default_values(plugin.params);
  values.push_back({name, VELETA_TEXT, 0, 0, text, {}});
  return values;
}

}  // namespace veleta::testing
