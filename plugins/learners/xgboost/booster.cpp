#include "booster.hpp"

#include <xgboost/c_api.h>
#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "veleta/error.hpp"

namespace xgboost_plugin {
namespace {

using veleta::Error;
using veleta::ErrorCode;

/// XGBoost's words without its stack trace.
std::string last_error() {
  const std::string message = XGBGetLastError();
  return message.substr(0, message.find("\nStack trace"));
}

void check(int status, const char* doing) {
  if (status != 0) throw Error(ErrorCode::kInternal, std::string("XGBoost could not ") + doing + ": " + last_error());
}

/// Numbers as JSON and XGBoost's parameters have them, whatever the locale.
template <typename Number>
std::string text(Number number) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

/// NumPy's array interface as JSON: how XGBoost is told of somebody else's memory. Takes every `step`th row.
std::string array_interface(const MatrixView& rows, size_t step = 1) {
  const size_t row_bytes = rows.columns * sizeof(float);
  return R"({"data":[)" + text(reinterpret_cast<uintptr_t>(rows.values)) + R"(,true],"shape":[)" +
         text((rows.rows + step - 1) / step) + "," + text(rows.columns) + R"(],"strides":[)" + text(step * row_bytes) +
         "," + text(sizeof(float)) + R"(],"typestr":"<f4","version":3})";
}

/// XGBoost keeps its verbosity per thread, and prints to stderr what exceeds it.
void be_quiet() { check(XGBSetGlobalConfig(R"({"verbosity":0})"), "be made quiet"); }

void set_targets(DMatrixHandle matrix, std::span<const double> targets) {
  const std::vector<float> labels(targets.begin(), targets.end());
  check(XGDMatrixSetFloatInfo(matrix, "label", labels.data(), labels.size()), "take the targets");
}

/// Rows as XGBoost's iterator of one batch, which it goes through several times.
class OneBatch {
 public:
  OneBatch(const MatrixView& rows, size_t step) : rows_(array_interface(rows, step)) {
    DMatrixHandle proxy = nullptr;
    check(XGProxyDMatrixCreate(&proxy), "take the rows");
    proxy_.reset(proxy, XGDMatrixFree);
  }

  /// The rows in bins: those of `bins`, if there are any.
  DMatrixHandle bin(const std::string& config, DMatrixHandle bins) {
    DMatrixHandle handle = nullptr;
    const int status =
        XGQuantileDMatrixCreateFromCallback(this, proxy_.get(), bins, reset, next, config.c_str(), &handle);
    if (!failure_.empty()) throw Error(ErrorCode::kInternal, "XGBoost cannot take the rows: " + failure_);
    check(status, "bin the rows");
    return handle;
  }

 private:
  static void reset(DataIterHandle self) { static_cast<OneBatch*>(self)->given_ = false; }
  static int next(DataIterHandle self) {
    auto& batch = *static_cast<OneBatch*>(self);
    if (std::exchange(batch.given_, true)) return 0;
    if (XGProxyDMatrixSetDataDense(batch.proxy_.get(), batch.rows_.c_str()) == 0) return 1;
    batch.failure_ = XGBGetLastError();
    return 0;
  }

  std::string rows_;
  std::shared_ptr<void> proxy_;
  bool given_ = false;
  std::string failure_;  ///< which XGBoost would take for the end of the rows
};

}  // namespace

DataMatrix::DataMatrix(void* handle) : handle_(handle, XGDMatrixFree) {}

DataMatrix::DataMatrix(const MatrixView& rows, std::span<const double> targets, unsigned threads) {
  be_quiet();
  const std::string config = R"({"missing":NaN,"nthread":)" + text(threads) + "}";
  DMatrixHandle handle = nullptr;
  check(XGDMatrixCreateFromDense(array_interface(rows).c_str(), config.c_str(), &handle), "take the rows");
  handle_.reset(handle, XGDMatrixFree);
  set_targets(handle, targets);
}

DataMatrix DataMatrix::binned(const MatrixView& rows, std::span<const double> targets, int max_bins, unsigned threads) {
  constexpr size_t kSampleRows = 100'000;
  be_quiet();
  const std::string config = R"({"missing":NaN,"nthread":)" + text(threads) + R"(,"max_bin":)" + text(max_bins) + "}";
  const size_t step = std::max<size_t>(rows.rows / kSampleRows, 1);
  DataMatrix matrix(OneBatch(rows, step).bin(config, nullptr));
  if (step > 1) matrix = DataMatrix(OneBatch(rows, 1).bin(config, matrix.handle()));
  set_targets(matrix.handle(), targets);
  return matrix;
}

Booster::Booster(void* handle) : handle_(handle, XGBoosterFree) {}

Booster::Booster(const DataMatrix& train) {
  be_quiet();
  const DMatrixHandle matrices[] = {train.handle()};
  BoosterHandle handle = nullptr;
  check(XGBoosterCreate(matrices, 1, &handle), "make a model");
  handle_.reset(handle, XGBoosterFree);
}

Booster Booster::load(std::string_view bytes) {
  be_quiet();
  BoosterHandle handle = nullptr;
  check(XGBoosterCreate(nullptr, 0, &handle), "make a model");
  Booster booster(handle);
  if (XGBoosterLoadModelFromBuffer(handle, bytes.data(), bytes.size()) != 0)
    throw Error(ErrorCode::kBadData, "XGBoost could not load the model: " + last_error());
  return booster;
}

void Booster::set(const std::string& parameter, const std::string& value) {
  check(XGBoosterSetParam(handle_.get(), parameter.c_str(), value.c_str()), "set a parameter");
}

void Booster::set(const std::string& parameter, double value) { set(parameter, text(value)); }

void Booster::set_feature_names(std::span<const char* const> names) {
  std::vector<const char*> pointers(names.begin(), names.end());
  check(XGBoosterSetStrFeatureInfo(handle_.get(), "feature_name", pointers.data(), pointers.size()),
        "keep the feature names");
}

void Booster::boost(int round, const DataMatrix& train) {
  check(XGBoosterUpdateOneIter(handle_.get(), round, train.handle()), "add a tree");
}

double Booster::evaluate(int round, const DataMatrix& rows) const {
  DMatrixHandle matrices[] = {rows.handle()};
  const char* names[] = {"validation"};
  const char* result = nullptr;
  check(XGBoosterEvalOneIter(handle_.get(), round, matrices, names, 1, &result), "evaluate the model");
  // "[7]\tvalidation-rmse:0.25"
  const std::string_view line = result;
  const size_t colon = line.rfind(':');
  double value = 0;
  if (colon == std::string_view::npos ||
      std::from_chars(line.data() + colon + 1, line.data() + line.size(), value).ec != std::errc())
    throw Error(ErrorCode::kInternal, "XGBoost answered an evaluation with '" + std::string(line) + "'");
  return value;
}

Booster Booster::first_rounds(int rounds) const {
  BoosterHandle handle = nullptr;
  check(XGBoosterSlice(handle_.get(), 0, rounds, 1, &handle), "cut the model");
  return Booster(handle);
}

size_t Booster::feature_count() const {
  bst_ulong count = 0;
  check(XGBoosterGetNumFeature(handle_.get(), &count), "count the features");
  return count;
}

std::string Booster::save() const {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  check(XGBoosterSaveModelToBuffer(handle_.get(), R"({"format":"ubj"})", &size, &bytes), "save the model");
  return {bytes, size};
}

void Booster::ready_to_predict() {
  const std::vector<float> values(feature_count());
  double margin = 0;
  predict_margins({values.data(), 1, values.size(), {}}, {&margin, 1});
}

void Booster::predict_margins(const MatrixView& rows, std::span<double> margins) const {
  if (rows.rows == 0) return;
  static constexpr char kMargins[] =
      R"({"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"missing":NaN,"cache_id":0})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  be_quiet();
  check(XGBoosterPredictFromDense(handle_.get(), array_interface(rows).c_str(), kMargins, nullptr, &shape, &dimensions,
                                  &result),
        "predict");
  std::copy(result, result + rows.rows, margins.begin());
}

}  // namespace xgboost_plugin
