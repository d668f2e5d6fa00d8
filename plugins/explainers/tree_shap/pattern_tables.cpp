#include "pattern_tables.hpp"

#include <algorithm>

namespace tree_shap {
namespace {

/// Of Decisions, for the rows that pass one group of leaves before the next is touched.
constexpr size_t kBlockBytes = 128 << 10;
constexpr size_t kBlockRows = 64;

}  // namespace

PatternWeights path_dependent_weights() {
  return [](size_t, const Path& path, std::span<double> weights) {
    weights[0] = 1;
    for (size_t j = 0; j < path.features.size(); ++j)
      for (size_t b = 0; b < size_t{1} << j; ++b) {
        weights[b | size_t{1} << j] = weights[b] * path.features[j].share;
        weights[b] *= 1 - path.features[j].share;
      }
  };
}

std::unique_ptr<PatternTables> PatternTables::make(const Forest& forest, std::shared_ptr<const Decisions> decisions,
                                                   PatternWeights weights, std::vector<double> expected,
                                                   size_t budget_bytes, MakeKernel otherwise) {
  const auto plan = plan_tables(forest, *decisions, budget_bytes);
  if (!plan) return nullptr;
  const bool interacts = (plan->attribution_numbers + plan->interaction_numbers) * sizeof(double) <= budget_bytes &&
                         forest.columns * forest.columns * forest.outputs <= UINT32_MAX;
  return std::unique_ptr<PatternTables>(new PatternTables(forest, std::move(decisions), *plan, std::move(weights),
                                                          std::move(expected), interacts ? nullptr : otherwise));
}

PatternTables::PatternTables(const Forest& forest, std::shared_ptr<const Decisions> decisions, const TablePlan& plan,
                             PatternWeights weights, std::vector<double> expected, MakeKernel otherwise)
    : forest_(forest),
      decisions_(std::move(decisions)),
      weights_(std::move(weights)),
      expected_(std::move(expected)),
      otherwise_(std::move(otherwise)),
      attributions_(forest, *decisions_, plan, weights_, LookUpTable::Of::kFeatures) {}

void PatternTables::explain(const veleta::MatrixView& rows, std::span<double> values) const {
  add_all(attributions_, rows, values.data(), forest_.outputs * forest_.columns);
}

void PatternTables::prepare_interactions() const {
  if (otherwise_) {
    instead_ = otherwise_();
    return;
  }
  interactions_ = std::make_unique<LookUpTable>(forest_, *decisions_, *plan_tables(forest_, *decisions_, SIZE_MAX),
                                                weights_, LookUpTable::Of::kPairs);
}

void PatternTables::interact(const veleta::MatrixView& rows, std::span<double> interactions) const {
  std::call_once(once_, [this] { prepare_interactions(); });
  if (instead_) return instead_->interact(rows, interactions);
  const size_t columns = forest_.columns, matrix = columns * columns;
  add_all(*interactions_, rows, interactions.data(), forest_.outputs * matrix);
  for (size_t first = 0; first < interactions.size(); first += matrix)
    for (size_t i = 0; i < columns; ++i)
      for (size_t j = i + 1; j < columns; ++j)
        interactions[first + j * columns + i] = interactions[first + i * columns + j];
}

void PatternTables::add_all(const LookUpTable& table, const veleta::MatrixView& rows, double* values,
                            size_t numbers_a_row) const {
  const size_t words = decisions_->words();
  const size_t block = std::clamp<size_t>(kBlockBytes / sizeof(uint64_t) / std::max<size_t>(words, 1), 1,
                                          std::clamp<size_t>(rows.rows, 1, kBlockRows));
  std::vector<uint64_t> of_row(words), decided(block * words);
  for (size_t first = 0; first < rows.rows; first += block) {
    const size_t count = std::min(block, rows.rows - first);
    for (size_t row = 0; row < count; ++row) {
      decisions_->decide(rows.row(first + row), 0, words, of_row.data());
      for (size_t word = 0; word < words; ++word) decided[word * count + row] = of_row[word];
    }
    table.add({count, decided.data(), values + first * numbers_a_row, numbers_a_row});
  }
}

}  // namespace tree_shap
