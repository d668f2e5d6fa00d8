#include "trained_booster.hpp"

#include <xgboost/c_api.h>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

namespace veleta::testing {

namespace {

void check(int status) {
  if (status != 0) throw std::runtime_error(XGBGetLastError());
}

std::shared_ptr<void> matrix_of(const MatrixView& rows) {
  DMatrixHandle handle = nullptr;
  check(XGDMatrixCreateFromMat(rows.values, rows.rows, rows.columns, std::numeric_limits<float>::quiet_NaN(), &handle));
  return {handle, XGDMatrixFree};
}

}  // namespace

BoosterRows::BoosterRows(size_t row_count, size_t column_count, size_t categorical_columns, int categories,
                         double missing_share, uint32_t seed)
    : rows(row_count), columns(column_count), types(column_count, "q") {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1), chance(0, 1);
  std::uniform_int_distribution<int> category(0, categories - 1);
  const size_t numeric = columns - categorical_columns;
  for (size_t column = numeric; column < columns; ++column) types[column] = "c";
  for (size_t row = 0; row < rows; ++row) {
    float rule = 0.1f * uniform(random);
    for (size_t column = 0; column < columns; ++column) {
      float value = column < numeric ? uniform(random) : static_cast<float>(category(random));
      if (column + 1 == numeric) value = std::floor(value * 5);  // rows lie exactly on thresholds
      rule += column < numeric ? value * (column % 2 ? -0.7f : 1.0f) : std::sin(value * 2.5f);
      values.push_back(chance(random) < missing_share ? std::numeric_limits<float>::quiet_NaN() : value);
    }
    number.push_back(10 + rule);
    two_classes.push_back(rule > 0);
    three_classes.push_back(rule < -1 ? 0.0f : rule < 1 ? 1.0f : 2.0f);
    count.push_back(std::floor(std::exp(0.5f * rule)) + 1);
  }
}

TrainedBooster::TrainedBooster(void* handle) : handle_(handle, XGBoosterFree) {}

TrainedBooster::TrainedBooster(const BoosterRows& rows, const std::vector<float>& target, const Parameters& parameters,
                               int rounds) {
  check(XGBSetGlobalConfig(R"({"verbosity":0})"));
  const auto matrix = matrix_of(rows.view());
  std::vector<const char*> types;
  for (const auto& type : rows.types) types.push_back(type.c_str());
  check(XGDMatrixSetStrFeatureInfo(matrix.get(), "feature_type", types.data(), types.size()));
  check(XGDMatrixSetFloatInfo(matrix.get(), "label", target.data(), target.size()));
  DMatrixHandle matrices[] = {matrix.get()};
  BoosterHandle handle = nullptr;
  check(XGBoosterCreate(matrices, 1, &handle));
  handle_.reset(handle, XGBoosterFree);
  check(XGBoosterSetParam(handle, "nthread", "1"));
  for (const auto& [name, value] : parameters) check(XGBoosterSetParam(handle, name.c_str(), value.c_str()));
  check(XGBoosterSetStrFeatureInfo(handle, "feature_type", types.data(), types.size()));
  for (int round = 0; round < rounds; ++round) check(XGBoosterUpdateOneIter(handle, round, matrix.get()));
}

TrainedBooster TrainedBooster::load(const std::string& bytes) {
  check(XGBSetGlobalConfig(R"({"verbosity":0})"));
  BoosterHandle handle = nullptr;
  check(XGBoosterCreate(nullptr, 0, &handle));
  TrainedBooster booster(handle);
  check(XGBoosterLoadModelFromBuffer(handle, bytes.data(), bytes.size()));
  check(XGBoosterSetParam(handle, "nthread", "1"));
  return booster;
}

std::string TrainedBooster::save(const std::string& format) const {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  check(XGBoosterSaveModelToBuffer(handle_.get(), (R"({"format":")" + format + R"("})").c_str(), &size, &bytes));
  return {bytes, size};
}

std::vector<float> TrainedBooster::predict(const MatrixView& rows, int type) const {
  const std::string interface = R"({"data":[)" + std::to_string(reinterpret_cast<uintptr_t>(rows.values)) +
                                R"(,true],"shape":[)" + std::to_string(rows.rows) + "," + std::to_string(rows.columns) +
                                R"(],"typestr":"<f4","version":3})";
  const std::string config =
      R"({"type":)" + std::to_string(type) +
      R"(,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"missing":NaN,"cache_id":0})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  check(XGBoosterPredictFromDense(handle_.get(), interface.c_str(), config.c_str(), nullptr, &shape, &dimensions,
                                  &result));
  size_t count = 1;
  for (bst_ulong i = 0; i < dimensions; ++i) count *= shape[i];
  return {result, result + count};
}

std::vector<float> TrainedBooster::explain(const MatrixView& rows, int type) const {
  const auto matrix = matrix_of(rows);
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  check(XGBoosterPredictFromDMatrix(handle_.get(), matrix.get(),
                                    (R"({"type":)" + std::to_string(type) +
                                     R"(,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true})")
                                        .c_str(),
                                    &shape, &dimensions, &result));
  size_t count = 1;
  for (bst_ulong i = 0; i < dimensions; ++i) count *= shape[i];
  return {result, result + count};
}

}  // namespace veleta::testing
