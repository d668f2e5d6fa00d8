// How the cost of a margin, and the memory it takes, grow with trees and their depth: trees of chance on 30 features.
#include <fmt/format.h>
#include <memory>

#include "harness.hpp"
#include "made_trees.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kColumns = 30;
constexpr size_t kRows = 1000;

/// Each call takes the rows that follow: a branch predictor must not learn them by heart.
void add_margins(const std::string& case_name, std::shared_ptr<const TreeEvaluator> evaluator,
                 std::shared_ptr<const std::vector<float>> values, size_t count) {
  add(case_name, "veleta", {count, 0}, [=, at = size_t{0}, margins = std::vector<double>(count)]() mutable {
    evaluator->margins({values->data() + at * kColumns, count, kColumns, {}}, margins);
    benchmark::DoNotOptimize(margins.data());
    at = (at + count) % kRows;
  });
}

void add_forest(size_t count, unsigned depth) {
  const testing::TreeRecipe recipe{.name = "growth", .trees = count, .depth = depth, .columns = kColumns};
  const TreeEnsemble trees = testing::random_trees(recipe, 1);
  const auto values = std::make_shared<const std::vector<float>>(testing::random_rows(trees, kRows, kColumns, 2));
  const auto evaluator = std::make_shared<const TreeEvaluator>(to_abi(trees), kColumns);
  const size_t leaves = (trees.feature.size() + count) / 2;
  const std::string name = fmt::format("{} x {}, {} leaves, {} kB", count, depth, leaves, evaluator->bytes() / 1000);
  add_margins("1 row, " + name, evaluator, values, 1);
  add_margins("1k rows, " + name, evaluator, values, kRows);
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  for (const unsigned depth : {3, 6, 9, 12})
    for (const size_t trees : {10, 100, 1000, 3000}) veleta::bench::add_forest(trees, depth);
  return veleta::bench::run(argc, argv);
}
