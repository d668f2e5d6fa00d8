// Margins of boosted trees: ours, and XGBoost's own by its C API, which loads the same bytes.
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

 private:
  static constexpr const char* kMargins =
      R"({"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false,"missing":NaN,"cache_id":0})";

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

/// Trees on 20,000 rows of which 2 % of the cells are missing, and what reads them.
struct Forest {
  Forest(PluginHost& plugins, int trees, int depth) : name(fmt::format("{} x depth {}", trees, depth)) {
    const testing::MadeRows train(Task::kRegression, 20000, kColumns, 0.02, 1);
    ParamValues params = default_values(plugins.describe(PluginKind::kLearner, "xgboost").params);
    set(params, "rounds", trees);
    set(params, "max_depth", depth);
    set(params, "min_child_weight", 5);
    model = plugins.create_learner("xgboost", params, {})
                ->train({Task::kRegression, 1, 7, train.view(), train.target, {}, {}});
    evaluator.emplace(*model->trees(kColumns), kColumns);
    theirs.emplace(model->save());
  }

  std::string name;
  std::unique_ptr<ModelHandle> model;
  std::optional<TreeEvaluator> evaluator;
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
