// Margins and attributions of one boosted-tree model: ours, and XGBoost's own, which loads the same bytes.
#include <fmt/format.h>
#include <xgboost/c_api.h>
#include <cmath>
#include <deque>
#include <stdexcept>
#include <utility>

#include "harness.hpp"
#include "made_rows.hpp"
#include "plugins/plugin_host.hpp"
#include "trees/evaluator.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kColumns = 30;
constexpr size_t kMarginRows = 10000;
constexpr size_t kExplainedRows = 200;

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

  /// Margins, straight from the rows ("inplace").
  void predict(const MatrixView& rows) const {
    const std::string array = fmt::format(R"({{"data":[{},true],"shape":[{},{}],"typestr":"<f4","version":3}})",
                                          reinterpret_cast<uintptr_t>(rows.values), rows.rows, rows.columns);
    check(XGBoosterPredictFromDense(booster_, array.c_str(), kMargins, nullptr, &shape_, &dimensions_, &result_));
  }

  /// Exact contributions (pred_contribs), by way of the matrix that XGBoost needs for it.
  void contribute(const MatrixView& rows) const {
    DMatrixHandle matrix = nullptr;
    check(XGDMatrixCreateFromMat(rows.values, rows.rows, rows.columns, NAN, &matrix));
    check(XGBoosterPredictFromDMatrix(booster_, matrix, kContributions, &shape_, &dimensions_, &result_));
    XGDMatrixFree(matrix);
  }

 private:
  static constexpr const char* kMargins =
      R"({"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false,"missing":NaN,"cache_id":0})";
  static constexpr const char* kContributions =
      R"({"type":2,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false})";

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

/// 100 trees on 20,000 rows of which 2 % of the cells are missing, and all that reads them.
struct Forest {
  Forest(PluginHost& plugins, int depth) {
    const testing::MadeRows train(Task::kRegression, 20000, kColumns, 0.02, 1);
    ParamValues params = default_values(plugins.describe(PluginKind::kLearner, "xgboost").params);
    set(params, "rounds", 100);
    set(params, "max_depth", depth);
    set(params, "min_child_weight", 5);
    model = plugins.create_learner("xgboost", params, {})
                ->train({Task::kRegression, 1, 7, train.view(), train.target, {}, {}});
    trees = model->trees(kColumns);
    evaluator.emplace(*trees, kColumns);
    const ParamValues defaults = default_values(plugins.describe(PluginKind::kExplainer, "tree_shap").params);
    explainer = plugins.create_explainer("tree_shap", defaults, {})->prepare({kColumns, trees, nullptr, {}, {}});
    theirs.emplace(model->save());
  }

  std::unique_ptr<ModelHandle> model;
  const veleta_trees* trees = nullptr;
  std::optional<TreeEvaluator> evaluator;
  std::unique_ptr<PreparedHandle> explainer;
  std::optional<XgboostItself> theirs;
};

/// `count` rows of those, other ones at each call: a branch predictor must not learn a row by heart.
MatrixView next(const testing::MadeRows& rows, size_t count) {
  static size_t at = 0;
  at = at + count > rows.rows ? 0 : at;
  return {rows.view().row(std::exchange(at, at + count)), count, kColumns, {}};
}

void add_margins(const std::string& case_name, const Forest& forest, const testing::MadeRows& rows, size_t count) {
  add(case_name, "veleta", {count, 0}, [&forest, &rows, margins = std::vector<double>(count)]() mutable {
    forest.evaluator->margins(next(rows, margins.size()), margins);
    benchmark::DoNotOptimize(margins.data());
  });
  add(case_name, "xgboost inplace", {count, 0}, [&forest, &rows, count] { forest.theirs->predict(next(rows, count)); });
}

void add_attributions(const std::string& case_name, const Forest& forest, const testing::MadeRows& rows, size_t count) {
  add(case_name, "veleta", {count, 0},
      [&forest, &rows, count, found = std::vector<double>(count * kColumns)]() mutable {
        benchmark::DoNotOptimize(forest.explainer->explain(next(rows, count), found));
      });
  add(case_name, "xgboost pred_contribs", {count, 0},
      [&forest, &rows, count] { forest.theirs->contribute(next(rows, count)); });
}

void add_forest(const Forest& forest, const testing::MadeRows& rows, int depth) {
  const std::string model = fmt::format(", 100 x depth {}", depth);
  add_margins("margin, 1 row" + model, forest, rows, 1);
  add_margins("margins, 10k rows" + model, forest, rows, kMarginRows);
  add_attributions("SHAP, 1 row" + model, forest, rows, 1);
  add_attributions("SHAP, 200 rows" + model, forest, rows, kExplainedRows);
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  // No statics: models end before XGBoost's own statics do.
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  const testing::MadeRows rows(Task::kRegression, bench::kMarginRows, bench::kColumns, 0.02, 2);
  std::deque<bench::Forest> forests;
  for (const int depth : {6, 8}) bench::add_forest(forests.emplace_back(plugins, depth), rows, depth);
  return bench::run(argc, argv);
}
