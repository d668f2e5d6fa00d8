#include "harness.hpp"

#include <malloc.h>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "table_reporter.hpp"

namespace veleta::bench {

namespace {

void count(benchmark::State& state, Amount amount) {
  const auto iterations = static_cast<size_t>(state.iterations());
  if (amount.rows > 0) state.SetItemsProcessed(static_cast<int64_t>(iterations * amount.rows));
  if (amount.bytes > 0) state.SetBytesProcessed(static_cast<int64_t>(iterations * amount.bytes));
}

/// A figure of this process in /proc, such as "VmRSS"; 0 where there is none.
double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  double kilobytes = 0;
  for (std::string word; status >> word;)
    if (word == name + ":") status >> kilobytes;
  return 1024 * kilobytes;
}

/// How far the process's memory rises from here on.
class PeakMemory {
 public:
  PeakMemory() {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << 5;  // the peak is forgotten: proc(5)
    before_ = status_bytes("VmRSS");
  }
  double bytes() const { return status_bytes("VmHWM") - before_; }

 private:
  double before_ = 0;
};

/// Measures by `measure`, whose exception ends this benchmark alone.
void guarded(benchmark::State& state, Amount amount, const std::function<void()>& measure) try {
  measure();
  count(state, amount);
} catch (const std::exception& error) {
  state.SkipWithError(error.what());
}

std::string python_command(const std::string& function, const std::vector<std::string>& files) {
  std::string command =
      std::string(std::getenv("VELETA_BENCH_PYTHON")) + " " VELETA_SOURCE_FOLDER "/bench/peers.py " + function;
  for (const std::string& file : files) command += " '" + file + "'";
  return command;
}

/// What bench/peers.py prints.
struct Told {
  double seconds = 0, peak_bytes = 0;
};

Told output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  Told told;
  const int found = pipe ? std::fscanf(pipe, "%lf %lf", &told.seconds, &told.peak_bytes) : 0;
  if (!pipe || pclose(pipe) != 0 || found != 2) throw std::runtime_error("failed: " + command);
  return told;
}

bool chooses_format(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]).starts_with("--benchmark_format")) return true;
  return false;
}

}  // namespace

void add(const std::string& case_name, const std::string& who, Amount amount, std::function<void()> work) {
  const auto measure = [amount, work, warm = std::make_shared<bool>(false)](benchmark::State& state) {
    guarded(state, amount, [&] {
      if (!std::exchange(*warm, true)) work();  // what is made at the first call is no part of the others
      const PeakMemory peak;
      for (auto _ : state) work();
      state.counters[kPeakBytes] = peak.bytes();
    });
  };
  benchmark::RegisterBenchmark((case_name + "/" + who).c_str(), measure)->MeasureProcessCPUTime();
}

void add_timed(const std::string& case_name, const std::string& who, Amount amount, std::function<double()> work) {
  const auto measure = [amount, work](benchmark::State& state) {
    guarded(state, amount, [&] {
      for (auto _ : state) state.SetIterationTime(work());
    });
  };
  benchmark::RegisterBenchmark((case_name + "/" + who).c_str(), measure)->UseManualTime();
}

void add_waiting(const std::string& case_name, const std::string& who, Amount amount, std::function<void()> work) {
  add_timed(case_name, who, amount, [work] {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  });
}

void add_python(const std::string& case_name, const std::string& who, Amount amount, const std::string& function,
                const std::vector<std::string>& files) {
  if (!has_python()) return;
  const std::string command = python_command(function, files);
  const auto measure = [amount, command](benchmark::State& state) {
    guarded(state, amount, [&] {
      for (auto _ : state) {
        const Told told = output_of(command);
        state.SetIterationTime(told.seconds);
        state.counters[kPeakBytes] = told.peak_bytes;
      }
    });
  };
  benchmark::RegisterBenchmark((case_name + "/" + who).c_str(), measure)->UseManualTime()->Iterations(1);
}

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

bool has_python() {
  const char* python = std::getenv("VELETA_BENCH_PYTHON");
  return python && *python;
}

int run(int argc, char** argv) {
  const bool own_table = !chooses_format(argc, argv);
  std::string repetitions = "--benchmark_repetitions=3";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, repetitions.data());  // the user's come later, and count
  int count = argc + 1;
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  TableReporter table;
  benchmark::RunSpecifiedBenchmarks(own_table ? &table : nullptr);
  benchmark::ClearRegisteredBenchmarks();  // what they hold ends before statics do
  return 0;
}

}  // namespace veleta::bench
