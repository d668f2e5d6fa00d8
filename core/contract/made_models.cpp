#include "made_models.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <random>

#include "trees/evaluator.hpp"
#include "trees/link.hpp"

namespace veleta::contract {

namespace {

constexpr std::array<const char*, MadeRows::kColumns> kNames{"x0", "x1", "x2", "x3", "x4"};

MatrixView view_of(const float* values, size_t rows) { return {values, rows, MadeRows::kColumns, kNames}; }

/// Two trees: ((x0 < 0) ? ((x1 < 0.2) ? -2 : 1) : ((x0 < 0.5) ? 3 : 5)) and ((x3 < -1) ? 0.5 : -0.5).
class Trees final : public MadeModel {
 public:
  std::string name() const override { return "a model of trees"; }
  const veleta_trees* trees() const override { return &view_; }
  double margin(const float* row) const override {
    double margin = 0;
    evaluator_.margins(view_of(row, 1), {&margin, 1});
    return margin;
  }

 private:
  static constexpr uint32_t kRoots[]{0, 7};
  static constexpr int32_t kFeature[]{0, 1, 0, -1, -1, -1, -1, 3, -1, -1};
  static constexpr float kThreshold[]{0, 0.2f, 0.5f, 0, 0, 0, 0, -1, 0, 0};
  static constexpr uint32_t kLeft[]{1, 3, 5, 0, 0, 0, 0, 8, 0, 0};
  static constexpr uint32_t kRight[]{2, 4, 6, 0, 0, 0, 0, 9, 0, 0};
  static constexpr uint8_t kDefaultLeft[]{0, 1, 1, 0, 0, 0, 0, 1, 0, 0};
  static constexpr double kValue[]{0, 0, 0, -2, 1, 3, 5, 0, 0.5, -0.5};
  static constexpr double kCover[]{100, 50, 50, 30, 20, 25, 25, 100, 40, 60};
  const veleta_trees view_{sizeof(veleta_trees),
                           2,
                           10,
                           kRoots,
                           kFeature,
                           kThreshold,
                           kLeft,
                           kRight,
                           kDefaultLeft,
                           kValue,
                           kCover,
                           0.25,
                           VELETA_IDENTITY,
                           0,
                           nullptr,
                           nullptr,
                           VELETA_UNKNOWN_AS_MISSING,
                           1,
                           nullptr,
                           nullptr,
                           nullptr,
                           0};
  const TreeEvaluator evaluator_{view_, MadeRows::kColumns};
};

class Line final : public MadeModel {
 public:
  std::string name() const override { return "a linear model"; }
  const veleta_linear* linear() const override { return &view_; }
  bool takes_missing() const override { return false; }
  double margin(const float* row) const override {
    double margin = 0;
    evaluate_linear(view_, view_of(row, 1), {&margin, 1});
    return margin;
  }

 private:
  static constexpr double kCoefficients[]{3, -2, 0.5, 1, 0};
  static constexpr double kMeans[]{0.1, -0.1, 0, 0.5, 0.3};
  const veleta_linear view_{sizeof(veleta_linear), MadeRows::kColumns, kCoefficients, kMeans, 1.5, VELETA_IDENTITY};
};

class Unknown final : public MadeModel {
 public:
  std::string name() const override { return "a model without a view"; }
  bool takes_missing() const override { return false; }
  double margin(const float* row) const override { return 3 * row[0] - 2 * row[1] + row[2] * row[3]; }
};

}  // namespace

MadeRows::MadeRows(Task task, size_t row_count, double missing_share, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto uniform = [&random] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  for (size_t i = 0; i < row_count; ++i) {
    const size_t first = values.size();
    for (size_t column = 0; column < kColumns; ++column) values.push_back(static_cast<float>(2 * uniform() - 1));
    values.back() = std::floor(values.back() * 3);
    const float* x = &values[first];
    const double rule = 3 * x[0] - 2 * x[1] + x[2] * x[3];
    target.push_back(task == Task::kBinary ? rule > 0 : rule);
    for (size_t column = 0; column < kColumns; ++column)
      if (uniform() < missing_share) values[first + column] = std::numeric_limits<float>::quiet_NaN();
  }
}

MatrixView MadeRows::view() const { return view_of(values.data(), count()); }
MatrixView MadeRows::row(size_t index) const { return view_of(&values[index * kColumns], 1); }

Training training_of(Task task, const MadeRows& train, const MadeRows& validation, unsigned threads) {
  return {task, threads, 7, train.view(), train.target, validation.view(), validation.target};
}

std::vector<std::unique_ptr<MadeModel>> made_models() {
  std::vector<std::unique_ptr<MadeModel>> models;
  models.push_back(std::make_unique<Trees>());
  models.push_back(std::make_unique<Line>());
  models.push_back(std::make_unique<Unknown>());
  return models;
}

}  // namespace veleta::contract
