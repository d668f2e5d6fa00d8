// Profiling windows: in memory beside scipy and numpy, and out of core.
#include <sys/resource.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>

#include "data/frozen_bins.hpp"
#include "drift/drift.hpp"
#include "harness.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kRows = 10'000'000;
constexpr size_t kBins = 10;

std::vector<double> normal_numbers(size_t count, double shift, uint32_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(shift, 1);
  std::vector<double> numbers(count);
  for (double& number : numbers) number = normal(random);
  return numbers;
}

Table one_column(std::vector<double> numbers) {
  Table table;
  table.columns.emplace_back().name = "number";
  table.columns[0].numbers = std::move(numbers);
  return table;
}

/// The upper edges of all bins but the last, even quantiles of the reference.
std::vector<double> frozen_edges(const ColumnProfile& reference) {
  std::vector<double> edges;
  for (size_t bin = 1; bin < kBins; ++bin)
    edges.push_back(reference.cells.quantile(static_cast<double>(bin) / static_cast<double>(kBins)));
  return edges;
}

double stability_index(const std::vector<double>& reference, const std::vector<double>& current) {
  const double of_reference = std::accumulate(reference.begin(), reference.end(), 0.0);
  const double of_current = std::accumulate(current.begin(), current.end(), 0.0);
  double index = 0;
  for (size_t bin = 0; bin < reference.size(); ++bin) {
    const double expected = std::max(reference[bin] / of_reference, 1e-6);
    const double found = std::max(current[bin] / of_current, 1e-6);
    index += (found - expected) * std::log(found / expected);
  }
  return index;
}

double plain_sum(const std::vector<double>& numbers) {
  std::array<double, 8> sums{};
  for (size_t i = 0; i + sums.size() <= numbers.size(); i += sums.size())
    for (size_t j = 0; j < sums.size(); ++j) sums[j] += numbers[i + j];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

std::string write_raw(const std::string& file, const std::vector<double>& numbers) {
  const auto folder = std::filesystem::temp_directory_path() / "veleta_bench_profile";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / file, std::ios::binary)
      .write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size() * sizeof(double)));
  return (folder / file).string();
}

/// One column of 10M rows against a reference of as many, profiled beforehand.
void add_one_column() {
  static const Table current = one_column(normal_numbers(kRows, 0.001, 2));
  static const std::vector<double>& numbers = current.columns[0].numbers;
  static const Table reference = one_column(normal_numbers(kRows, 0, 1));
  static const Profile frozen = make_profile(reference);
  static const std::vector<double> edges = frozen_edges(frozen.columns[0]);
  static const std::vector<double> expected = count_in_bins(reference.columns[0].numbers, edges).rows;
  static PluginHost plugins({VELETA_PLUGIN_FOLDER});
  const ParamValues defaults = default_values(plugins.describe(PluginKind::kDetector, "ks").params);
  static std::vector<DetectorUse> ks{{"ks", plugins.create_detector("ks", defaults, {}), {}}};
  static std::vector<DetectorUse> five;
  for (const char* name : {"ks", "wasserstein", "energy", "mann_whitney", "cramer_von_mises"}) {
    const ParamValues values = default_values(plugins.describe(PluginKind::kDetector, name).params);
    five.push_back({name, plugins.create_detector(name, values, {}), {}});
  }

  const Amount amount{kRows, kRows * sizeof(double)};
  add("profile, 10M", "veleta", amount, [] { benchmark::DoNotOptimize(make_profile(current, {}, 1)); });
  add("profile, 10M", "std::sort", amount, [] {
    std::vector<double> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    benchmark::DoNotOptimize(sorted.data());
  });
  add("KS, 10M against 10M frozen", "veleta", amount,
      [] { benchmark::DoNotOptimize(detect_drift(frozen, make_profile(current, {}, 1), ks, 0.05)); });
  add("KS, W1, energy, U and CvM of the same", "veleta", amount,
      [] { benchmark::DoNotOptimize(detect_drift(frozen, make_profile(current, {}, 1), five, 0.05)); });
  add("PSI, 10M on frozen edges", "veleta", amount,
      [] { benchmark::DoNotOptimize(stability_index(expected, count_in_bins(numbers, edges).rows)); });
  add("PSI, 10M on frozen edges", "a plain sum of the column", amount,
      [] { benchmark::DoNotOptimize(plain_sum(numbers)); });
  if (!has_python()) return;
  const std::vector<std::string> files{write_raw("a.f64", reference.columns[0].numbers), write_raw("b.f64", numbers)};
  add_python("KS, 10M against 10M frozen", "scipy ks_2samp", {}, "ks_of_arrays", files);
  add_python("KS, W1, energy, U and CvM of the same", "scipy's five", {}, "five_of_arrays", files);
  add_python("PSI, 10M on frozen edges", "numpy histogram", {}, "psi_of_arrays", files);
}

/// Many columns on one thread and on two: wall time.
void add_many_columns() {
  constexpr size_t kColumns = 16;
  static const Table wide = [] {
    Table table;
    for (size_t i = 0; i < kColumns; ++i) {
      table.columns.emplace_back().name = std::to_string(i);
      table.columns.back().numbers = normal_numbers(1'000'000, 0, static_cast<uint32_t>(i));
    }
    return table;
  }();
  const Amount amount{wide.row_count() * kColumns, 0};
  add_waiting("profile, 16 columns of 1M, wall time", "veleta", amount,
              [] { benchmark::DoNotOptimize(make_profile(wide, {}, 2)); });
  add_waiting("profile, 16 columns of 1M, wall time", "veleta on one thread", amount,
              [] { benchmark::DoNotOptimize(make_profile(wide, {}, 1)); });
}

// Out of core.

/// Numbers that cost little to make: what is measured is not their making. SplitMix64 (Steele et al., 2014).
class FastNumbers {
 public:
  explicit FastNumbers(uint64_t seed) : state_(seed) {}
  double next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    z ^= z >> 31;
    if ((z & 0xFF) == 0) return std::nan("");
    return static_cast<double>(z >> 11) * 0x1p-53;
  }

 private:
  uint64_t state_;
};

/// PSI and missing cells of a window that is made part by part, against edges frozen from its first part.
void out_of_core(size_t row_count, size_t column_count) {
  constexpr size_t kPartRows = 20'000;
  std::vector<double> numbers(kPartRows);
  const auto make = [&](size_t part, size_t column) {
    FastNumbers random(part * 1'000'003 + column);
    for (double& number : numbers) number = random.next();
  };
  struct Frozen {
    std::vector<double> edges, expected, rows;
    double missing = 0;
  };
  std::vector<Frozen> columns(column_count);
  for (size_t i = 0; i < column_count; ++i) {
    make(0, i);
    columns[i].edges = frozen_edges(make_profile(one_column(numbers), {}, 1).columns[0]);
    columns[i].expected = count_in_bins(numbers, columns[i].edges).rows;
    columns[i].rows.assign(kBins, 0);
  }
  double counting_s = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (size_t part = 0; part * kPartRows < row_count; ++part)
    for (size_t i = 0; i < column_count; ++i) {
      make(part, i);
      const auto start = std::chrono::steady_clock::now();
      const BinnedRows binned = count_in_bins(numbers, columns[i].edges);
      counting_s += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      for (size_t bin = 0; bin < kBins; ++bin) columns[i].rows[bin] += binned.rows[bin];
      columns[i].missing += binned.missing_count;
    }
  double largest = 0, missing = 0;
  for (const Frozen& column : columns) {
    largest = std::max(largest, stability_index(column.expected, column.rows));
    missing += column.missing;
  }
  const double total_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "out of core, %zu rows x %zu columns: PSI and missing in %.1f s, %.1f s of them counting (the rest makes "
      "numbers); "
      "largest PSI %.4f, %.2f %% missing; peak memory %.0f MiB\n",
      row_count, column_count, total_s, counting_s, largest,
      100 * missing / static_cast<double>(row_count * column_count), static_cast<double>(usage.ru_maxrss) / 1024);
}

}  // namespace
}  // namespace veleta::bench

/// `--out_of_core [ROWS COLUMNS]` does that alone: 330,000 rows of 100 columns; 3300000 1000 is the full size.
int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--out_of_core") == 0) {
    const auto size = [&](int at, size_t otherwise) {
      return argc > at ? static_cast<size_t>(std::strtoull(argv[at], nullptr, 10)) : otherwise;
    };
    veleta::bench::out_of_core(size(2, 330'000), size(3, 100));
    return 0;
  }
  veleta::bench::add_one_column();
  veleta::bench::add_many_columns();
  return veleta::bench::run(argc, argv);
}
