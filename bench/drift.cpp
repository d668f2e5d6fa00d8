// Judging a new window against a reference that was profiled when the model was trained.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <unordered_map>

#include "batches.hpp"
#include "drift/drift.hpp"
#include "harness.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kRows = 1'000'000;
constexpr int kLevels = 50'000;

using Counts = std::unordered_map<std::string, std::array<double, 2>>;

// What a C++ user would write: the statistics, nothing else.

double ks_by_hand(const std::vector<double>& sorted_reference, std::vector<double> current) {
  std::erase_if(current, [](double value) { return std::isnan(value); });
  std::sort(current.begin(), current.end());
  const std::vector<double>& reference = sorted_reference;
  double gap = 0;
  for (size_t i = 0, j = 0; i < reference.size() && j < current.size();) {
    const double value = std::min(reference[i], current[j]);
    while (i < reference.size() && reference[i] == value) ++i;
    while (j < current.size() && current[j] == value) ++j;
    gap = std::max(gap, std::abs(static_cast<double>(i) / static_cast<double>(reference.size()) -
                                 static_cast<double>(j) / static_cast<double>(current.size())));
  }
  return gap;
}

double psi_by_hand(const std::vector<double>& sorted_reference, const std::vector<double>& current) {
  constexpr size_t kBins = 10;
  std::array<double, kBins - 1> edges;
  for (size_t i = 0; i < edges.size(); ++i) edges[i] = sorted_reference[(i + 1) * sorted_reference.size() / kBins];
  std::array<double, kBins> counts{};
  for (const double value : current)
    ++counts[static_cast<size_t>(std::ranges::lower_bound(edges, value) - edges.begin())];
  double index = 0;
  for (const double count : counts) {
    const double share = count / static_cast<double>(current.size()), expected = 1.0 / kBins;
    index += (share - expected) * std::log(share / expected);
  }
  return index;
}

Counts count_labels(const Column& column) {
  Counts counts;
  for (size_t row = 0; row < column.size(); ++row)
    if (!column.is_missing(row)) ++counts[column.label(row)][0];
  return counts;
}

double chi_square_by_hand(Counts counts, const Column& current) {
  std::array<double, 2> rows{};
  for (size_t row = 0; row < current.size(); ++row)
    if (!current.is_missing(row)) ++counts[current.label(row)][1];
  for (const auto& [label, both] : counts) rows[0] += both[0], rows[1] += both[1];
  double statistic = 0;
  for (const auto& [label, both] : counts)
    for (size_t side = 0; side < 2; ++side) {
      const double expected = (both[0] + both[1]) * rows[side] / (rows[0] + rows[1]);
      statistic += (both[side] - expected) * (both[side] - expected) / expected;
    }
  return statistic;
}

// What is compared.

Table one_number(double shift, uint32_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(shift, 1);
  Table table{{Column{}}};
  table.columns[0].name = "number";
  for (size_t row = 0; row < kRows; ++row) table.columns[0].append_number(normal(random));
  return table;
}

Table one_category(double power, uint32_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  Table table{{Column{}}};
  table.columns[0].name = "category";
  table.columns[0].type = ColumnType::kCategory;
  for (size_t row = 0; row < kRows; ++row)
    table.columns[0].append_label("level " +
                                  std::to_string(static_cast<int>(kLevels * std::pow(uniform(random), power))));
  return table;
}

PluginHost& plugins() {
  static PluginHost host({VELETA_PLUGIN_FOLDER});
  return host;
}

DetectorUse use(const std::string& name, std::vector<std::string> columns = {}) {
  const ParamValues defaults = default_values(plugins().describe(PluginKind::kDetector, name).params);
  return {name, plugins().create_detector(name, defaults, {}), std::move(columns)};
}

/// Profiling the current window and comparing it, as a run does.
void add_ours(const std::string& case_name, const Table& reference, const Table& current,
              const std::vector<std::string>& detectors) {
  auto uses = std::make_shared<std::vector<DetectorUse>>();
  for (const std::string& name : detectors) uses->push_back(use(name));
  auto frozen = std::make_shared<Profile>(make_profile(reference));
  add(case_name, "veleta", {current.row_count(), 0},
      [=, &current] { benchmark::DoNotOptimize(detect_drift(*frozen, make_profile(current), *uses, 0.05)); });
}

std::vector<double> sorted_copy(const Column& column) {
  std::vector<double> values = column.numbers;
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::sort(values.begin(), values.end());
  return values;
}

void add_numbers() {
  static const Table reference = one_number(0, 1), current = one_number(0.02, 2);
  static const std::vector<double> sorted = sorted_copy(reference.columns[0]);
  static const std::vector<double>& values = current.columns[0].numbers;
  const Amount amount{kRows, 0};
  add_ours("KS, 1M against 1M", reference, current, {"ks"});
  add("KS, 1M against 1M", "std::sort + two pointers", amount,
      [] { benchmark::DoNotOptimize(ks_by_hand(sorted, values)); });
  add_ours("PSI, 1M against 1M", reference, current, {"psi"});
  add("PSI, 1M against 1M", "bins by std::lower_bound", amount,
      [] { benchmark::DoNotOptimize(psi_by_hand(sorted, values)); });
  add_ours("all four of numbers, 1M against 1M", reference, current, {"ks", "psi", "wasserstein", "missing_share"});
}

void add_categories() {
  static const Table reference = one_category(1.5, 3), current = one_category(1.52, 4);
  static const Counts counts = count_labels(reference.columns[0]);
  add_ours("chi-square, 50k levels, 1M", reference, current, {"chi_square"});
  add("chi-square, 50k levels, 1M", "std::unordered_map", {kRows, 0},
      [] { benchmark::DoNotOptimize(chi_square_by_hand(counts, current.columns[0])); });
}

/// Each column by one test: what of a detection takes time, done plainly.
void detect_by_hand(const std::vector<std::vector<double>>& sorted, const std::vector<Counts>& counts,
                    const Table& current) {
  for (size_t i = 0; i < current.columns.size(); ++i) {
    const Column& column = current.columns[i];
    benchmark::DoNotOptimize(column.type == ColumnType::kCategory ? chi_square_by_hand(counts[i], column)
                                                                  : ks_by_hand(sorted[i], column.numbers));
  }
}

constexpr const char* kMissionDefaults = "mission, all default detectors";

void add_mission() {
  static const Table reference = batch_table(0), current = batch_table(5);
  static std::vector<std::vector<double>> sorted;
  static std::vector<Counts> counts;
  for (const Column& column : reference.columns) {
    const bool is_category = column.type == ColumnType::kCategory;
    sorted.push_back(is_category ? std::vector<double>() : sorted_copy(column));
    counts.push_back(is_category ? count_labels(column) : Counts());
  }
  const std::string name = "mission: 74k against 361k, 12 columns";
  add_ours(name, reference, current, {"ks", "chi_square"});
  add_ours(kMissionDefaults, reference, current,
           {"ks", "wasserstein", "psi", "chi_square", "missing_share", "new_categories"});
  add(name, "the same by hand", {current.row_count(), 0}, [] { detect_by_hand(sorted, counts, current); });
}

/// The samples as files of one value a line, for Python.
void add_peers() {
  if (!has_python()) return;
  const auto folder = std::filesystem::temp_directory_path() / "veleta_bench_drift";
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* file, const Table& table) {
    std::ofstream(folder / file) << to_csv(table);
    return (folder / file).string();
  };
  const std::vector<std::string> numbers{write("a.csv", one_number(0, 1)), write("b.csv", one_number(0.02, 2))};
  const std::vector<std::string> labels{write("c.csv", one_category(1.5, 3)), write("d.csv", one_category(1.52, 4))};
  const std::vector<std::string> mission{write("e.csv", batch_table(0)), write("f.csv", batch_table(5))};
  add_python("KS, 1M against 1M", "scipy ks_2samp", {kRows, 0}, "ks", numbers);
  add_python("chi-square, 50k levels, 1M", "pandas + scipy", {kRows, 0}, "chi_square", labels);
  add_python("mission: 74k against 361k, 12 columns", "pandas + scipy", {}, "detect", mission);
  if (!std::getenv("VELETA_BENCH_PRODUCTS_PYTHON")) return;
  for (const std::string product : {"nannyml", "evidently"})
    add_python(kMissionDefaults, product, {}, "by_products", {product, mission[0], mission[1]});
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  veleta::bench::add_numbers();
  veleta::bench::add_categories();
  veleta::bench::add_mission();
  veleta::bench::add_peers();
  return veleta::bench::run(argc, argv);
}
