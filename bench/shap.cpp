// Path-dependent attributions and interactions of boosted trees: ours, by each method, and XGBoost's own by its C API,
// which loads the same bytes.
#include <fmt/format.h>
#include <deque>
#include <map>
#include <utility>

#include "boosted_model.hpp"
#include "harness.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kRows = 4096;

/// Trees on 20,000 rows of which 2 % of the cells are missing, trained when the first benchmark asks for them.
class Model {
 public:
  Model(PluginHost& plugins, int trees, int depth)
      : name(fmt::format("{} x depth {}", trees, depth)), plugins_(plugins), trees_(trees), depth_(depth) {}

  const XgboostItself& theirs() {
    train();
    return *theirs_;
  }

  /// Interventional where there are background rows.
  const PreparedHandle& ours(const std::string& method, const MatrixView& background = {nullptr, 0, kColumns, {}}) {
    auto& explainer = ours_[{method, background.rows}];
    if (explainer) return *explainer;
    explainer = prepare(method, background);
    fmt::print("{}, {}, {} background rows: {}\n", name, method, background.rows, explainer->method());
    return *explainer;
  }

  std::unique_ptr<PreparedHandle> prepare(const std::string& method, const MatrixView& background) {
    train();
    ParamValues params = default_values(plugins_.describe(PluginKind::kExplainer, "tree_shap").params);
    for (ParamValue& param : params) {
      if (param.name == "method") param.text = method;
      if (param.name == "perturbation" && background.rows > 0) param.text = "interventional";
    }
    return plugins_.create_explainer("tree_shap", params, {})
        ->prepare({kColumns, model_->trees(kColumns), nullptr, background, {}});
  }

  const std::string name;

 private:
  void train() {
    if (model_) return;
    model_ = trained_model(plugins_, trees_, depth_);
    theirs_.emplace(model_->save());
  }

  PluginHost& plugins_;
  int trees_, depth_;
  std::unique_ptr<ModelHandle> model_;
  std::optional<XgboostItself> theirs_;
  std::map<std::pair<std::string, size_t>, std::unique_ptr<PreparedHandle>> ours_;
};

void add_attributions(Model& model, const testing::MadeRows& rows, size_t count) {
  const std::string case_name = fmt::format("SHAP, {} row{}, {}", count, count == 1 ? "" : "s", model.name);
  for (const auto& [who, method] :
       {std::pair{"veleta", "auto"}, {"table", "table"}, {"quadrature", "quadrature"}, {"compact", "compact"}})
    add(case_name, who, {count, 0},
        [&model, &rows, count, method, found = std::vector<double>(count * kColumns)]() mutable {
          benchmark::DoNotOptimize(model.ours(method).explain(next(rows, count), found));
        });
  add(case_name, "xgboost pred_contribs", {count, 0},
      [&model, &rows, count] { model.theirs().predict(XgboostItself::kContributions, next(rows, count)); });
}

void add_interactions(Model& model, const testing::MadeRows& rows, size_t count) {
  const std::string case_name = fmt::format("interactions, {} row{}, {}", count, count == 1 ? "" : "s", model.name);
  for (const auto& [who, method] : {std::pair{"veleta", "auto"}, {"quadrature", "quadrature"}, {"tables", "table"}})
    add(case_name, who, {count, 0},
        [&model, &rows, count, method, found = std::vector<double>(count * kColumns * kColumns),
         base = std::vector<double>(1)]() mutable {
          model.ours(method).interact(next(rows, count), found, base);
          benchmark::DoNotOptimize(found.data());
        });
  add(case_name, "xgboost pred_interactions", {count, 0},
      [&model, &rows, count] { model.theirs().predict(XgboostItself::kInteractions, next(rows, count)); });
}

/// Beside pairs of rows, which is what shap does, and beside XGBoost's path-dependent values: it has no others.
void add_interventional(Model& model, const testing::MadeRows& rows, const MatrixView& background, size_t count) {
  const std::string case_name = fmt::format("interventional, {} background rows, {} row{}, {}", background.rows, count,
                                            count == 1 ? "" : "s", model.name);
  for (const auto& [who, method] : {std::pair{"veleta", "auto"}, {"pairwise", "pairwise"}}) {
    if (background.rows > 100 && method == std::string("pairwise")) continue;  // seconds
    add(case_name, who, {count, 0},
        [&model, &rows, background, count, method, found = std::vector<double>(count * kColumns)]() mutable {
          benchmark::DoNotOptimize(model.ours(method, background).explain(next(rows, count), found));
        });
  }
  add(case_name, "xgboost pred_contribs, path-dependent", {count, 0},
      [&model, &rows, count] { model.theirs().predict(XgboostItself::kContributions, next(rows, count)); });
}

void add_preparation(Model& model, const MatrixView& background) {
  add(fmt::format("interventional tables made, {} background rows, {}", background.rows, model.name), "veleta", {1, 0},
      [&model, background] { benchmark::DoNotOptimize(model.prepare("table", background)); });
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  // No statics: models end before XGBoost's own statics do.
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  const testing::MadeRows rows(Task::kRegression, bench::kRows, bench::kColumns, 0.02, 2);
  std::deque<bench::Model> models;
  for (const auto& [trees, depth] : {std::pair{100, 6}, {100, 8}, {1000, 6}}) {
    bench::Model& model = models.emplace_back(plugins, trees, depth);
    for (const size_t count : {1, 256}) bench::add_attributions(model, rows, count);
  }
  for (const size_t count : {1, 16}) bench::add_interactions(models[0], rows, count);
  const testing::MadeRows others(Task::kRegression, bench::kRows, bench::kColumns, 0.02, 3);
  for (const size_t background_rows : {100, 4000}) {
    const MatrixView background{others.view().values, background_rows, bench::kColumns, {}};
    for (const size_t count : {1, 256}) bench::add_interventional(models[0], rows, background, count);
    bench::add_preparation(models[0], background);
  }
  return bench::run(argc, argv);
}
