// How attributions' cost grows with the leaves of a model: trees at random, 10 to 3000 of them, 3 to 12 levels deep.
// Who explains them, and from how much memory, is printed beside.
#include <fmt/format.h>
#include <random>
#include <utility>

#include "harness.hpp"
#include "made_rows.hpp"
#include "made_trees.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kColumns = 30;

/// `count` rows of those, other ones at each call: a branch predictor must not learn a row by heart.
MatrixView next(const testing::MadeRows& rows, size_t count) {
  static size_t at = 0;
  at = at + count > rows.rows ? 0 : at;
  return {rows.view().row(std::exchange(at, at + count)), count, kColumns, {}};
}

class Curve {
 public:
  Curve(PluginHost& plugins, int trees, int depth) : name(fmt::format("{} x depth {}", trees, depth)) {
    std::mt19937 random(1);
    testing::MadeTrees made;
    for (int tree = 0; tree < trees; ++tree) made.add_random_tree(random, kColumns, depth);
    trees_ = made.ensemble();
    view_ = to_abi(trees_);
    const ParamValues params = default_values(plugins.describe(PluginKind::kExplainer, "tree_shap").params);
    explainer = plugins.create_explainer("tree_shap", params, {})
                    ->prepare({kColumns, &view_, nullptr, {nullptr, 0, kColumns, {}}, {}});
    leaves = (trees_.feature.size() + trees_.roots.size()) / 2;
  }

  std::string name;
  std::unique_ptr<PreparedHandle> explainer;
  size_t leaves = 0;

 private:
  TreeEnsemble trees_;
  veleta_trees view_{};
};

void add_curve(PluginHost& plugins, int trees, int depth, const testing::MadeRows& rows) {
  for (const size_t count : {1, 256})
    add(fmt::format("curve, {} row{}, {} x depth {}", count, count == 1 ? "" : "s", trees, depth), "veleta", {count, 0},
        [&plugins, &rows, trees, depth, count, curve = std::shared_ptr<Curve>(),
         found = std::vector<double>(count * kColumns)]() mutable {
          if (!curve) {
            curve = std::make_shared<Curve>(plugins, trees, depth);
            fmt::print("{}, {} leaves: {}\n", curve->name, curve->leaves, curve->explainer->method());
          }
          benchmark::DoNotOptimize(curve->explainer->explain(next(rows, count), found));
        });
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  const testing::MadeRows rows(Task::kRegression, 4096, bench::kColumns, 0.02, 2);
  for (const int trees : {10, 30, 100, 300, 1000, 3000}) bench::add_curve(plugins, trees, 6, rows);
  for (const int depth : {3, 4, 8, 10, 12}) bench::add_curve(plugins, 100, depth, rows);
  return bench::run(argc, argv);
}
