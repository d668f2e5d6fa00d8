// explain_files FILE…: for each model file, a digest of the margins of made rows, and, by each of tree_shap's methods,
// the sum of the sizes of their attributions and whether these add up. What it prints is the same on every processor.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "choice.hpp"
#include "forest.hpp"
#include "trees/evaluator.hpp"
#include "trees/read.hpp"

namespace {

using namespace veleta;

constexpr size_t kRows = 7;

/// Rows with missing values, small whole numbers, which may be categories, and fractions; the same for every model of
/// so many columns.
std::vector<float> made_rows(size_t columns) {
  std::vector<float> values(kRows * columns);
  uint64_t state = 88172645463325252;
  for (float& value : values) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    const uint64_t kind = state % 10;
    const double fraction = static_cast<double>(state >> 11) * 0x1p-53;
    value = kind == 0  ? std::numeric_limits<float>::quiet_NaN()
            : kind < 4 ? static_cast<float>(state / 11 % 8)
                       : static_cast<float>(6 * fraction - 3);
  }
  return values;
}

/// FNV-1a over the bits.
uint64_t digest(const std::vector<double>& numbers) {
  uint64_t hash = 1469598103934665603;
  for (const double number : numbers) hash = (hash ^ std::bit_cast<uint64_t>(number)) * 1099511628211;
  return hash;
}

/// The largest difference of a margin from what its attributions add up to, of its size.
double greatest_gap(const std::vector<double>& margins, const std::vector<double>& attributions,
                    const std::vector<double>& base_values, size_t columns) {
  double gap = 0;
  for (size_t i = 0; i < margins.size(); ++i) {
    double total = base_values[i % base_values.size()];
    for (size_t column = 0; column < columns; ++column) total += attributions[i * columns + column];
    gap = std::max(gap, std::abs(total - margins[i]) / (1 + std::abs(margins[i])));
  }
  return gap;
}

void explain(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const TreeModel model = read_tree_model(std::string(std::istreambuf_iterator<char>(stream), {}));
  const veleta_trees trees = to_abi(model.trees);
  const size_t columns = model.columns;
  const std::vector<float> values = made_rows(columns);
  const MatrixView rows{values.data(), kRows, columns, {}};
  const std::string name = file.filename();

  const TreeEvaluator evaluator(trees, columns);
  std::vector<double> margins(kRows * evaluator.outputs());
  evaluator.margins(rows, margins);
  std::printf("%s margins %016llx\n", name.c_str(), static_cast<unsigned long long>(digest(margins)));
  if (!model.has_covers) return;

  const tree_shap::Forest forest(trees, columns);
  std::vector<float> room;
  const MatrixView ready = forest.normalise(rows, room);
  for (const char* method : {"table", "quadrature", "compact"}) {
    const auto kernel = tree_shap::choose_kernel(forest, {method, "path_dependent", size_t{64} << 20});
    std::vector<double> attributions(margins.size() * columns), base_values = kernel->expected();
    for (size_t output = 0; output < base_values.size(); ++output) base_values[output] += forest.base_margins[output];
    kernel->explain(ready, attributions);
    double size = 0;
    for (const double attribution : attributions) size += std::abs(attribution);
    constexpr double kSinglePrecision = 2e-6;  // of the margins, which are sums of floats
    const bool adds_up = greatest_gap(margins, attributions, base_values, columns) < kSinglePrecision;
    std::printf("%s %s %.10e %s\n", name.c_str(), method, size, adds_up ? "adds up" : "does not add up");
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    for (int i = 1; i < argc; ++i) explain(argv[i]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "explain_files: %s\n", error.what());
    return 1;
  }
}
