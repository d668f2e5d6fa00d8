#include "made_models.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <span>

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
  static TreeEnsemble made() {
    TreeEnsemble trees;
    trees.roots = {0, 7};
    trees.feature = {0, 1, 0, -1, -1, -1, -1, 3, -1, -1};
    trees.threshold = {0, 0.2f, 0.5f, 0, 0, 0, 0, -1, 0, 0};
    trees.left = {1, 3, 5, 0, 0, 0, 0, 8, 0, 0};
    trees.right = {2, 4, 6, 0, 0, 0, 0, 9, 0, 0};
    trees.default_left = {0, 1, 1, 0, 0, 0, 0, 1, 0, 0};
    trees.value = {0, 0, 0, -2, 1, 3, 5, 0, 0.5, -0.5};
    trees.cover = {100, 50, 50, 30, 20, 25, 25, 100, 40, 60};
    trees.base_margin = 0.25;
    return trees;
  }

  const TreeEnsemble trees_ = made();
  const veleta_trees view_ = to_abi(trees_);
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

/// Of the first output (x0 < 0) ? ((x2 < 0) ? 1 : 2) : -1, of the second (x2 < 0.5) ? 4 : ((x3 < 0) ? -2 : 3).
class TreesOfOutputs final : public MadeModel {
 public:
  std::string name() const override { return "trees of two outputs"; }
  const veleta_trees* trees() const override { return &view_; }
  size_t outputs() const override { return 2; }
  double margin(const float* row) const override {
    if (goes_left(row[0], 0, true)) return 0.5 + (goes_left(row[2], 0, false) ? 1 : 2);
    return 0.5 - 1;
  }
  void margins(const float* row, std::span<double> out) const override {
    out[0] = margin(row);
    out[1] = goes_left(row[2], 0.5f, true) ? 4 : goes_left(row[3], 0, true) ? -2 : 3;
  }

 private:
  static bool goes_left(float x, float threshold, bool default_left) {
    return std::isnan(x) ? default_left : x < threshold;
  }

  static TreeEnsemble made() {
    TreeEnsemble trees;
    trees.roots = {0, 5};
    trees.feature = {0, 2, -1, -1, -1, 2, -1, 3, -1, -1};
    trees.threshold = {0, 0, 0, 0, 0, 0.5f, 0, 0, 0, 0};
    trees.left = {1, 3, 0, 0, 0, 6, 0, 8, 0, 0};
    trees.right = {2, 4, 0, 0, 0, 7, 0, 9, 0, 0};
    trees.default_left = {1, 0, 0, 0, 0, 1, 0, 1, 0, 0};
    trees.value = {0, 0, -1, 1, 2, 0, 4, 0, -2, 3};
    trees.cover = {60, 40, 20, 15, 25, 60, 50, 10, 4, 6};
    trees.outputs = 2;
    trees.tree_output = {0, 1};
    trees.base_margins = {0.5, 0};
    return trees;
  }

  const TreeEnsemble trees_ = made();
  const veleta_trees view_ = to_abi(trees_);
};

class UnknownClasses final : public MadeModel {
 public:
  std::string name() const override { return "a model of three outputs without a view"; }
  bool takes_missing() const override { return false; }
  size_t outputs() const override { return 3; }
  Link link() const override { return Link::kSoftmax; }
  double margin(const float* row) const override { return 3 * row[0] - 2 * row[1] + row[2] * row[3]; }
  void margins(const float* row, std::span<double> out) const override {
    out[0] = margin(row);
    out[1] = row[0] * row[1] * row[2] + 1;
    out[2] = 0.5 - row[2];
  }
  void predictions(const float* row, std::span<double> out) const override {
    margins(row, out);
    double sum = 0;
    for (double& x : out) sum += x = std::exp(x);
    for (double& x : out) x /= sum;
  }
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
  models.push_back(std::make_unique<TreesOfOutputs>());
  models.push_back(std::make_unique<Line>());
  models.push_back(std::make_unique<Unknown>());
  models.push_back(std::make_unique<UnknownClasses>());
  return models;
}

}  // namespace veleta::contract
