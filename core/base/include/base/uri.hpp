#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace veleta {

/// "postgresql" of "PostgreSQL://host/name"; empty where no "://" follows a name.
std::string uri_scheme(std::string_view uri);

/// The absolute path in "sqlite:///relative/path" or "sqlite:////absolute/path". Throws kInvalidArgument for anything
/// else.
std::filesystem::path sqlite_path(const std::string& uri);

/// The uri as it may be shown: without the password before the host, and without the values of parameters whose name
/// holds "password".
std::string without_secrets(std::string_view uri);

}  // namespace veleta
