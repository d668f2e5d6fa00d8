// Watching a series value by value, as serving does with every feature, prediction and error.
#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "harness.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kValues = 1'000'000;
/// What a request brings at most: rows that were waiting.
constexpr size_t kBlock = 100;

PluginHost& plugins() {
  static PluginHost host({VELETA_PLUGIN_FOLDER});
  return host;
}

std::vector<double> make_values(bool are_errors) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0, 1);
  std::bernoulli_distribution wrong(0.2);
  std::vector<double> values(kValues);
  for (double& value : values) value = are_errors ? wrong(random) : normal(random);
  return values;
}

const std::vector<double>& series(bool of_errors) {
  static const std::vector<double> numbers = make_values(false), errors = make_values(true);
  return of_errors ? errors : numbers;
}

std::shared_ptr<DetectorHandle> detector(const std::string& name) {
  const auto& params = plugins().describe(PluginKind::kDetector, name).params;
  return plugins().create_detector(name, default_values(params), {});
}

void watch(DetectorHandle& detector, std::span<const double> values, size_t block) {
  const auto watch = detector.watch({});
  for (size_t at = 0; at < values.size();) {
    Signal signal;
    at += watch->update(values.subspan(at, std::min(block, values.size() - at)), signal);
    benchmark::DoNotOptimize(signal);
  }
}

/// The series as files of one value a line, for Python.
std::string file_of(bool errors, size_t count) {
  const auto folder = std::filesystem::temp_directory_path() / "veleta_bench_streams";
  std::filesystem::create_directories(folder);
  const auto path = folder / fmt::format("{}_{}.txt", errors ? "errors" : "numbers", count);
  std::ofstream out(path);
  out.precision(17);
  for (size_t i = 0; i < count; ++i) out << series(errors)[i] << '\n';
  return path.string();
}

/// A detector beside river's of the same method on `count` values; those without one have no name of river's.
struct Case {
  std::string detector, title, of_river;
  bool errors = true;
  size_t count = kValues;
};

void add_case(const Case& at) {
  const std::string name = fmt::format("{}, {}k values", at.title, at.count / 1000);
  const std::span<const double> values(series(at.errors).data(), at.count);
  const Amount amount{at.count, 0};
  const auto watching = detector(at.detector);
  add(name, "veleta", amount, [=] { watch(*watching, values, kBlock); });
  if (!has_python() || at.of_river.empty()) return;
  add_python(name, "river", amount, "watch_by_river", {at.of_river, file_of(at.errors, at.count)});
}

const Case kCases[] = {{"adwin", "ADWIN", "ADWIN"},
                       {"page_hinkley", "Page-Hinkley", "PageHinkley", false},
                       {"kswin", "KSWIN", "KSWIN", false, 5000},
                       {"ddm", "DDM", "binary.DDM"},
                       {"eddm", "EDDM", "binary.EDDM"},
                       {"hddm_a", "HDDM_A", "binary.HDDMA"},
                       {"hddm_w", "HDDM_W", "binary.HDDMW", true, 100'000},
                       {"fhddm", "FHDDM", "binary.FHDDM"},
                       {"rddm", "RDDM", ""},
                       {"stepd", "STEPD", ""},
                       {"cusum", "CUSUM", "", false},
                       {"ewma", "EWMA", "", false},
                       {"bocd", "BOCD", "", false, 100'000},
                       {"e_detector", "e-detector", "", false}};

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  for (const auto& at : veleta::bench::kCases) veleta::bench::add_case(at);
  return veleta::bench::run(argc, argv);
}
