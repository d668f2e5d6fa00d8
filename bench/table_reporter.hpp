#pragma once

#include <benchmark/benchmark.h>
#include <map>
#include <string>
#include <vector>

namespace veleta::bench {

/// The counter of how far a call's memory rises above what it is given.
inline constexpr const char* kPeakBytes = "peak_bytes";

/// Prints one line a comparison: the case, Veleta's time and memory, the other's, the ratio of the times, Veleta's rate
/// and other counters. Of repetitions the fastest counts: what else the machine does only ever adds.
class TableReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  struct Figure {
    std::string who;
    double seconds;
    std::map<std::string, double> counters;
  };
  void keep(const std::string& case_name, Figure figure);

  std::vector<std::pair<std::string, std::vector<Figure>>> cases_;  ///< in the order of their first run
};

}  // namespace veleta::bench
