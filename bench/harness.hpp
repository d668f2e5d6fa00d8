#pragma once

#include <benchmark/benchmark.h>
#include <time.h>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

// How benchmarks are declared. A benchmark is a case and who does it, named CASE/WHO: the table sets Veleta's time of a
// case ("veleta") beside everybody else's. Times are CPU time of the whole process, whatever its threads,
// but those of add_waiting.

namespace veleta::bench {

/// What one call deals with: tells the rate beside the time. Either may be 0.
struct Amount {
  size_t rows = 0;
  size_t bytes = 0;  ///< counts before rows
};

/// Measures `work`. Call before run().
void add(const std::string& case_name, const std::string& who, Amount amount, std::function<void()> work);

/// As add, of work that tells its own seconds: for what happens in other processes too.
void add_timed(const std::string& case_name, const std::string& who, Amount amount, std::function<double()> work);
/// As add, of what mostly waits, for a server: the time that passes.
void add_waiting(const std::string& case_name, const std::string& who, Amount amount, std::function<void()> work);

/// Measures function `function` of bench/peers.py on `files`, which tells its own CPU time, or wall time where it waits
/// for a server. Only where
/// VELETA_BENCH_PYTHON names an interpreter that has pandas and scipy; else it does nothing.
void add_python(const std::string& case_name, const std::string& who, Amount amount, const std::string& function,
                const std::vector<std::string>& files);

/// What a clock of the process's or the thread's CPU time shows.
double seconds_of(clockid_t clock);

/// Where add_python does something, and files for it are worth writing.
bool has_python();

/// What Google Benchmark's main does, with three repetitions and our table unless the arguments say otherwise.
int run(int argc, char** argv);

}  // namespace veleta::bench
