// One row of a boosted forest explained as if nothing but its predictions were known: ours, and the shap package.
#include <fmt/format.h>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <utility>

#include "harness.hpp"
#include "made_rows.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta::bench {
namespace {

constexpr size_t kColumns = 30, kBackgroundRows = 100, kRows = 200;

void set(ParamValues& params, const std::string& name, int64_t value) {
  for (ParamValue& param : params)
    if (param.name == name) param.integer = value;
}

/// 100 trees of depth 6, of which the learner itself predicts: no view is used.
std::unique_ptr<ModelHandle> trained(PluginHost& plugins) {
  const testing::MadeRows train(Task::kRegression, 20000, kColumns, 0.02, 1);
  ParamValues params = default_values(plugins.describe(PluginKind::kLearner, "xgboost").params);
  set(params, "rounds", 100);
  set(params, "max_depth", 6);
  return plugins.create_learner("xgboost", params, {})
      ->train({Task::kRegression, 1, 7, train.view(), train.target, {}, {}});
}

void write(const std::filesystem::path& path, const testing::MadeRows& rows) {
  std::ofstream file(path);
  for (size_t i = 0; i < rows.values.size(); ++i) {
    if (!std::isnan(rows.values[i])) file << fmt::format("{}", rows.values[i]);
    file << (i % kColumns + 1 < kColumns ? ',' : '\n');
  }
}

void add_explainer(PluginHost& plugins, const std::string& name, const std::string& case_name, const ModelHandle& model,
                   const testing::MadeRows& background, const testing::MadeRows& rows) {
  const auto explainer =
      plugins.create_explainer(name, default_values(plugins.describe(PluginKind::kExplainer, name).params), {});
  const std::shared_ptr<PreparedHandle> prepared = explainer->prepare(
      {kColumns, nullptr, nullptr, background.view(),
       [&model](const MatrixView& asked, std::span<double> margins) { model.predict(asked, margins); }});
  add(case_name, "veleta", {1, 0}, [prepared, &rows, at = size_t{0}, found = std::vector<double>(kColumns)]() mutable {
    at = (at + 1) % rows.rows;  // other rows at each call: a branch predictor must not learn one by heart
    benchmark::DoNotOptimize(prepared->explain({rows.view().row(at), 1, kColumns, {}}, found));
  });
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  const auto model = bench::trained(plugins);
  const testing::MadeRows background(Task::kRegression, bench::kBackgroundRows, bench::kColumns, 0.02, 2),
      rows(Task::kRegression, bench::kRows, bench::kColumns, 0.02, 3);
  const auto folder = std::filesystem::temp_directory_path() / "veleta_bench_agnostic";
  std::filesystem::create_directories(folder);
  const std::string model_file = folder / "model.ubj", background_file = folder / "background.csv",
                    rows_file = folder / "rows.csv";
  std::ofstream(model_file) << model->save();
  bench::write(background_file, background);
  bench::write(rows_file, rows);
  const std::string permutation = "10 antithetic orders, 100 background rows",
                    kernel = "2,108 coalitions of KernelSHAP";
  bench::add_explainer(plugins, "permutation_shap", permutation, *model, background, rows);
  bench::add_python(permutation, "shap Permutation", {1, 0}, "permutation_by_shap",
                    {model_file, background_file, rows_file});
  bench::add_explainer(plugins, "kernel_shap", kernel, *model, background, rows);
  bench::add_python(kernel, "shap Kernel", {1, 0}, "kernel_by_shap", {model_file, background_file, rows_file});
  const int status = bench::run(argc, argv);
  std::filesystem::remove_all(folder);
  return status;
}
