#include "boosted_model.hpp"

#include <fmt/format.h>
#include <xgboost/c_api.h>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace veleta::bench {
namespace {

void check(int status) {
  if (status != 0) throw std::runtime_error(XGBGetLastError());
}

void set(ParamValues& params, const std::string& name, double value) {
  for (ParamValue& param : params)
    if (param.name == name)
      param.type == VELETA_INTEGER ? void(param.integer = std::lround(value)) : void(param.number = value);
}

}  // namespace

XgboostItself::XgboostItself(const std::string& model) {
  check(XGBoosterCreate(nullptr, 0, &booster_));
  check(XGBoosterLoadModelFromBuffer(booster_, model.data(), model.size()));
  check(XGBoosterSetParam(booster_, "nthread", "1"));
}

void XgboostItself::predict_margins(const MatrixView& rows) const {
  static constexpr const char* kMargins =
      R"({"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false,"missing":NaN,"cache_id":0})";
  const std::string array = fmt::format(R"({{"data":[{},true],"shape":[{},{}],"typestr":"<f4","version":3}})",
                                        reinterpret_cast<uintptr_t>(rows.values), rows.rows, rows.columns);
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  check(XGBoosterPredictFromDense(booster_, array.c_str(), kMargins, nullptr, &shape, &dimensions, &result));
}

void XgboostItself::predict(Type type, const MatrixView& rows) const {
  const std::string config = fmt::format(
      R"({{"type":{},"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false}})", int{type});
  DMatrixHandle matrix = nullptr;
  check(XGDMatrixCreateFromMat(rows.values, rows.rows, rows.columns, NAN, &matrix));
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  check(XGBoosterPredictFromDMatrix(booster_, matrix, config.c_str(), &shape, &dimensions, &result));
  XGDMatrixFree(matrix);
}

std::unique_ptr<ModelHandle> trained_model(PluginHost& plugins, int trees, int depth) {
  const testing::MadeRows train(Task::kRegression, 20000, kColumns, 0.02, 1);
  ParamValues params = default_values(plugins.describe(PluginKind::kLearner, "xgboost").params);
  set(params, "rounds", trees);
  set(params, "max_depth", depth);
  set(params, "min_child_weight", 5);
  return plugins.create_learner("xgboost", params, {})
      ->train({Task::kRegression, 1, 7, train.view(), train.target, {}, {}});
}

MatrixView next(const testing::MadeRows& rows, size_t count) {
  static size_t at = 0;
  at = at + count > rows.rows ? 0 : at;
  return {rows.view().row(std::exchange(at, at + count)), count, kColumns, {}};
}

}  // namespace veleta::bench
