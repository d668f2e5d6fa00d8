#pragma once

#include <string_view>

namespace veleta {

/// [a-z][a-z0-9_]*
inline bool is_plugin_name(std::string_view name) {
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

/// Plugin names with dots between them: "end.status".
inline bool is_param_name(std::string_view name) {
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos) return is_plugin_name(name);
  return is_plugin_name(name.substr(0, dot)) && is_param_name(name.substr(dot + 1));
}

}  // namespace veleta
