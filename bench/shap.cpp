// Path-dependent attributions and interactions of boosted trees: ours, by each method, and XGBoost's own by its C API,
// which loads the same bytes.
#include <fmt/format.h>
#include <xgboost/c_api.h>
#include <cmath>
#include <deque>
#include <stdexcept>
#include <utility>

#include "harness.hpp"
#include "made_rows.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kColumns = 30;
constexpr size_t kRows = 4096;

void check(int status) {
  if (status != 0) throw std::runtime_error(XGBGetLastError());
}

/// XGBoost's C API on a saved model, with one thread.
class XgboostItself {
 public:
  explicit XgboostItself(const std::string& model) {
    check(XGBoosterCreate(nullptr, 0, &booster_));
    check(XGBoosterLoadModelFromBuffer(booster_, model.data(), model.size()));
    check(XGBoosterSetParam(booster_, "nthread", "1"));
  }

  enum Type { kContributions = 2, kInteractions = 4 };

  /// By way of the matrix that XGBoost needs for it.
  void predict(Type type, const MatrixView& rows) const {
    DMatrixHandle matrix = nullptr;
    const std::string config = fmt::format(
        R"({{"type":{},"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false}})", int{type});
    check(XGDMatrixCreateFromMat(rows.values, rows.rows, rows.columns, NAN, &matrix));
    check(XGBoosterPredictFromDMatrix(booster_, matrix, config.c_str(), &shape_, &dimensions_, &result_));
    XGDMatrixFree(matrix);
  }

 private:
  BoosterHandle booster_ = nullptr;  // lives as long as the program
  mutable const bst_ulong* shape_ = nullptr;
  mutable bst_ulong dimensions_ = 0;
  mutable const float* result_ = nullptr;
};

void set(ParamValues& params, const std::string& name, double value) {
  for (ParamValue& param : params)
    if (param.name == name)
      param.type == VELETA_INTEGER ? void(param.integer = std::lround(value)) : void(param.number = value);
}

/// Trees on 20,000 rows of which 2 % of the cells are missing.
struct Model {
  Model(PluginHost& plugins, int trees, int depth) : plugins(plugins) {
    const testing::MadeRows train(Task::kRegression, 20000, kColumns, 0.02, 1);
    ParamValues params = default_values(plugins.describe(PluginKind::kLearner, "xgboost").params);
    set(params, "rounds", trees);
    set(params, "max_depth", depth);
    set(params, "min_child_weight", 5);
    name = fmt::format("{} x depth {}", trees, depth);
    model = plugins.create_learner("xgboost", params, {})
                ->train({Task::kRegression, 1, 7, train.view(), train.target, {}, {}});
    theirs.emplace(model->save());
  }

  std::unique_ptr<PreparedHandle> prepare(const std::string& method) const {
    ParamValues params = default_values(plugins.describe(PluginKind::kExplainer, "tree_shap").params);
    for (ParamValue& param : params)
      if (param.name == "method") param.text = method;
    return plugins.create_explainer("tree_shap", params, {})
        ->prepare({kColumns, model->trees(kColumns), nullptr, {}, {}});
  }

  PluginHost& plugins;
  std::string name;
  std::unique_ptr<ModelHandle> model;
  std::optional<XgboostItself> theirs;
};

/// `count` rows of those, other ones at each call: a branch predictor must not learn a row by heart.
MatrixView next(const testing::MadeRows& rows, size_t count) {
  static size_t at = 0;
  at = at + count > rows.rows ? 0 : at;
  return {rows.view().row(std::exchange(at, at + count)), count, kColumns, {}};
}

void add_attributions(const Model& model, const testing::MadeRows& rows, size_t count) {
  const std::string case_name = fmt::format("SHAP, {} row{}, {}", count, count == 1 ? "" : "s", model.name);
  for (const auto& [who, method] : {std::pair{"veleta", "auto"}, {"quadrature", "quadrature"}, {"compact", "compact"}})
    add(case_name, who, {count, 0},
        [&rows, count, found = std::vector<double>(count * kColumns),
         explainer = std::shared_ptr(model.prepare(method))]() mutable {
          benchmark::DoNotOptimize(explainer->explain(next(rows, count), found));
        });
  add(case_name, "xgboost pred_contribs", {count, 0},
      [&model, &rows, count] { model.theirs->predict(XgboostItself::kContributions, next(rows, count)); });
}

void add_interactions(const Model& model, const testing::MadeRows& rows, size_t count) {
  const std::string case_name = fmt::format("interactions, {} row{}, {}", count, count == 1 ? "" : "s", model.name);
  add(case_name, "veleta", {count, 0},
      [&rows, count, found = std::vector<double>(count * kColumns * kColumns), base = std::vector<double>(1),
       explainer = std::shared_ptr(model.prepare("quadrature"))]() mutable {
        explainer->interact(next(rows, count), found, base);
        benchmark::DoNotOptimize(found.data());
      });
  add(case_name, "xgboost pred_interactions", {count, 0},
      [&model, &rows, count] { model.theirs->predict(XgboostItself::kInteractions, next(rows, count)); });
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
    const bench::Model& model = models.emplace_back(plugins, trees, depth);
    for (const size_t count : {1, 256}) bench::add_attributions(model, rows, count);
  }
  for (const size_t count : {1, 16}) bench::add_interactions(models[0], rows, count);
  return bench::run(argc, argv);
}
