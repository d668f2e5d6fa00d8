#include "process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace veleta {

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double cpu_seconds() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? seconds(usage.ru_utime) + seconds(usage.ru_stime) : 0;
}

double resident_bytes() {
  double total_pages = 0, resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// Seconds between the machine's start and this process's: field 22 of proc(5)'s stat, which stands 20th after the
/// name in parentheses.
double ticks_at_start() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream after_name(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string field;
  for (int index = 0; index < 20; ++index) after_name >> field;
  return field.empty() ? 0 : std::strtod(field.c_str(), nullptr);
}

double start_time_seconds() {
  double uptime_s = 0;
  std::ifstream("/proc/uptime") >> uptime_s;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const double now_s = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  return now_s - uptime_s + ticks_at_start() / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double open_file_count() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

}  // namespace

ProcessFigures process_figures() {
  static const double start_s = start_time_seconds();
  return {cpu_seconds(), resident_bytes(), start_s, open_file_count()};
}

}  // namespace veleta
