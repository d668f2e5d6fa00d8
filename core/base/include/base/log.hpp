#pragma once

#include <functional>
#include <string>

namespace veleta {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Writes one line to standard error, with the time; thread-safe. What is below the level set is dropped.
void log(LogLevel level, const std::string& message);
void set_log_level(LogLevel least);

/// While it lives, what its thread logs, from info on, goes to `line` too. The newest of a thread gets it.
class LogTee {
 public:
  using Line = std::function<void(LogLevel level, const std::string& message)>;
  explicit LogTee(Line line);
  ~LogTee();
  LogTee(const LogTee&) = delete;
  LogTee& operator=(const LogTee&) = delete;

 private:
  friend void log(LogLevel level, const std::string& message);
  Line line_;
  LogTee* outer_;
};

}  // namespace veleta
