#pragma once

#include <string>

namespace veleta {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Writes one line to standard error, with the time; thread-safe. What is below the level set is dropped.
void log(LogLevel level, const std::string& message);
void set_log_level(LogLevel least);

}  // namespace veleta
