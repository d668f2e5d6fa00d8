#include "base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <utility>

namespace veleta {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto created = spdlog::stderr_color_mt("veleta");
    created->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%-7l%$ %v");
    return created;
  }();
  return *instance;
}

thread_local LogTee* newest_tee = nullptr;

}  // namespace

void log(LogLevel level, const std::string& message) {
  logger().log(spdlog_level(level), "{}", message);
  if (newest_tee && level != LogLevel::kDebug) newest_tee->line_(level, message);
}

LogTee::LogTee(Line line) : line_(std::move(line)), outer_(std::exchange(newest_tee, this)) {}
LogTee::~LogTee() { newest_tee = outer_; }

void set_log_level(LogLevel least) { logger().set_level(spdlog_level(least)); }

}  // namespace veleta
