#include "table_reporter.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <iostream>

namespace veleta::bench {

namespace {

constexpr const char* kLine = "{:<38} {:>8} {:>8}  {:<24} {:>8} {:>8} {:>7}  {}\n";

std::string time_text(double seconds) {
  if (seconds < 1e-6) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (seconds < 1e-3) return fmt::format("{:.3g} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} s", seconds);
}

std::string count_text(double count) {
  constexpr std::array kUnits = {"", " k", " M", " G"};
  size_t unit = 0;
  for (; count >= 1000 && unit + 1 < kUnits.size(); ++unit) count /= 1000;
  return fmt::format("{:.3g}{}", count, kUnits[unit]);
}

/// "58.2 MB/s", "1.2 M rows/s", then counters by name.
std::string rate_text(const std::map<std::string, double>& counters) {
  std::vector<std::string> parts;
  const auto bytes = counters.find("bytes_per_second"), rows = counters.find("items_per_second");
  if (bytes != counters.end())
    parts.push_back(count_text(bytes->second) + "B/s");
  else if (rows != counters.end())
    parts.push_back(count_text(rows->second) + " rows/s");
  for (const auto& [name, value] : counters)
    if (!name.ends_with("_per_second") && name != kPeakBytes)
      parts.push_back(fmt::format("{} {}", name, count_text(value)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string memory_text(const std::map<std::string, double>& counters) {
  const auto peak = counters.find(kPeakBytes);
  return peak == counters.end() ? "" : fmt::format("{:.3g} MB", peak->second / 1e6);
}

}  // namespace

bool TableReporter::ReportContext(const Context&) { return true; }

void TableReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    if (run.error_occurred) {
      std::cerr << run.benchmark_name() << ": " << run.error_message << "\n";
      continue;
    }
    const std::string& name = run.run_name.function_name;
    const size_t slash = name.rfind('/');
    const bool manual = run.run_name.time_type == "manual_time";
    const double total = manual ? run.real_accumulated_time : run.cpu_accumulated_time;
    Figure figure{name.substr(slash + 1), total / static_cast<double>(run.iterations), {}};
    for (const auto& [counter, value] : run.counters) figure.counters[counter] = value;
    keep(name.substr(0, slash), std::move(figure));
  }
}

void TableReporter::keep(const std::string& case_name, Figure figure) {
  auto found = std::ranges::find(cases_, case_name, [](const auto& entry) { return entry.first; });
  if (found == cases_.end()) found = cases_.insert(cases_.end(), {case_name, {}});
  auto& figures = found->second;
  const auto same = std::ranges::find(figures, figure.who, &Figure::who);
  if (same == figures.end())
    figures.push_back(std::move(figure));
  else if (figure.seconds < same->seconds)
    *same = std::move(figure);
}

void TableReporter::Finalize() {
  if (cases_.empty()) return;
  fmt::print(kLine, "CPU time of one call, memory's rise", "veleta", "", "beside", "", "", "ratio", "veleta's rate");
  for (const auto& [name, figures] : cases_) {
    const auto ours = std::ranges::find(figures, "veleta", &Figure::who);
    std::string left = name, time, memory, rate;
    if (ours != figures.end()) {
      time = time_text(ours->seconds);
      memory = memory_text(ours->counters);
      rate = rate_text(ours->counters);
    }
    if (figures.size() == 1 && ours != figures.end()) fmt::print(kLine, left, time, memory, "", "", "", "", rate);
    for (const Figure& other : figures) {
      if (other.who == "veleta") continue;
      const std::string ratio = ours == figures.end() ? "" : fmt::format("{:.3g}x", other.seconds / ours->seconds);
      fmt::print(kLine, std::exchange(left, ""), std::exchange(time, ""), std::exchange(memory, ""), other.who,
                 time_text(other.seconds), memory_text(other.counters), ratio, std::exchange(rate, ""));
    }
  }
}

}  // namespace veleta::bench
