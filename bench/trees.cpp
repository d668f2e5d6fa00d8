// Margins of boosted trees: ours, and XGBoost's own by its C API, which loads the same bytes.
#include <fmt/format.h>
#include <deque>
#include <utility>

#include "boosted_model.hpp"
#include "harness.hpp"
#include "trees/evaluator.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kMarginRows = 10000;

/// Trees on 20,000 rows of which 2 % of the cells are missing, and what reads them.
struct Forest {
  Forest(PluginHost& plugins, int trees, int depth) : name(fmt::format("{} x depth {}", trees, depth)) {
    model = trained_model(plugins, trees, depth);
    evaluator.emplace(*model->trees(kColumns), kColumns);
    theirs.emplace(model->save());
  }

  std::string name;
  std::unique_ptr<ModelHandle> model;
  std::optional<TreeEvaluator> evaluator;
  std::optional<XgboostItself> theirs;
};

void add_margins(const std::string& case_name, const Forest& forest, const testing::MadeRows& rows, size_t count) {
  add(case_name, "veleta", {count, 0}, [&forest, &rows, margins = std::vector<double>(count)]() mutable {
    forest.evaluator->margins(next(rows, margins.size()), margins);
    benchmark::DoNotOptimize(margins.data());
  });
  add(case_name, "xgboost inplace", {count, 0},
      [&forest, &rows, count] { forest.theirs->predict_margins(next(rows, count)); });
}

void add_forest(const Forest& forest, const testing::MadeRows& rows) {
  add_margins("margin, 1 row, " + forest.name, forest, rows, 1);
  add_margins("margins, 10k rows, " + forest.name, forest, rows, kMarginRows);
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  // No statics: models end before XGBoost's own statics do.
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  const testing::MadeRows rows(Task::kRegression, bench::kMarginRows, bench::kColumns, 0.02, 2);
  std::deque<bench::Forest> forests;
  for (const auto& [trees, depth] : {std::pair{100, 6}, {1000, 6}, {100, 8}, {100, 10}})
    bench::add_forest(forests.emplace_back(plugins, trees, depth), rows);
  return bench::run(argc, argv);
}
