#include "made_trees.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "walked_margins.hpp"

namespace veleta::testing {
namespace {

constexpr float kSentinel = -999;

class Maker {
 public:
  Maker(const TreeRecipe& recipe, uint64_t seed) : recipe_(recipe), random_(seed) {}

  TreeEnsemble make() {
    trees_.single_precision = recipe_.single_precision;
    trees_.outputs = recipe_.outputs;
    trees_.unknown_category_left = recipe_.unknown_category_left;
    trees_.base_margin = number();
    if (recipe_.category_chance > 0) trees_.category_begin = {0};
    for (size_t tree = 0; tree < recipe_.trees; ++tree) {
      trees_.roots.push_back(static_cast<uint32_t>(trees_.feature.size()));
      if (recipe_.outputs > 1) trees_.tree_output.push_back(static_cast<uint32_t>(random_() % recipe_.outputs));
      grow();
    }
    for (uint32_t output = 0; recipe_.outputs > 1 && output < recipe_.outputs; ++output)
      trees_.base_margins.push_back(number());
    for (size_t column = 0; recipe_.with_sentinels && column < recipe_.columns; ++column)
      trees_.missing.push_back(column % 2 == 0 ? kSentinel : std::numeric_limits<float>::quiet_NaN());
    return std::move(trees_);
  }

 private:
  double number() { return std::uniform_real_distribution<double>(-1, 1)(random_); }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }

  /// Level by level, so that siblings lie beside each other and trees apart.
  void grow() {
    std::vector<std::pair<uint32_t, unsigned>> to_do{{add(), 0}};
    for (size_t next = 0; next < to_do.size(); ++next) {
      const auto [node, depth] = to_do[next];
      if (depth == recipe_.depth || chance(recipe_.leaf_chance)) continue;
      trees_.feature[node] = static_cast<int32_t>(random_() % recipe_.columns);
      for (auto* child : {&trees_.left, &trees_.right}) {
        const uint32_t index = add();
        (*child)[node] = index;
        to_do.emplace_back(index, depth + 1);
      }
    }
  }

  uint32_t add() {
    trees_.feature.push_back(TreeEnsemble::kLeaf);
    trees_.threshold.push_back(static_cast<float>(std::floor(number() * 8) / 4));
    trees_.left.push_back(0);
    trees_.right.push_back(0);
    trees_.default_left.push_back(random_() % 2);
    trees_.value.push_back(number());
    trees_.cover.push_back(1 + std::abs(number()));
    if (recipe_.category_chance > 0) {
      if (chance(recipe_.category_chance))
        for (uint64_t words = 1 + random_() % 3; words > 0; --words)
          trees_.category_words.push_back(static_cast<uint32_t>(random_()));
      trees_.category_begin.push_back(static_cast<uint32_t>(trees_.category_words.size()));
    }
    return static_cast<uint32_t>(trees_.feature.size() - 1);
  }

  const TreeRecipe& recipe_;
  std::mt19937_64 random_;
  TreeEnsemble trees_;
};

}  // namespace

TreeEnsemble random_trees(const TreeRecipe& recipe, uint64_t seed) { return Maker(recipe, seed).make(); }

std::vector<float> random_rows(const TreeEnsemble& trees, size_t rows, size_t columns, uint64_t seed) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> number(-2, 2), category(-2, 110);
  std::vector<float> values(rows * columns);
  for (float& value : values) switch (random() % 12) {
      case 0: value = std::numeric_limits<float>::quiet_NaN(); break;
      case 1: value = random() % 2 ? kInfinity : -kInfinity; break;
      case 2: value = kSentinel; break;
      case 3:
      case 4:
      case 5:
      case 6: value = trees.threshold.empty() ? 0 : trees.threshold[random() % trees.threshold.size()]; break;
      case 7:
      case 8: value = category(random); break;
      default: value = number(random);
    }
  return values;
}

std::vector<double> walked_margins(const TreeEnsemble& trees, const MatrixView& rows) {
  std::vector<double> margins;
  for (size_t row = 0; row < rows.rows; ++row) {
    const std::vector<double> of_row = walked_margins(trees, rows.row(row));
    margins.insert(margins.end(), of_row.begin(), of_row.end());
  }
  return margins;
}

std::vector<EvaluatorOptions> all_options() {
  std::vector<EvaluatorOptions> all;
  for (const auto layout : {TreeLayout::kAutomatic, TreeLayout::kPadded, TreeLayout::kFlat})
    for (const auto instructions : {Instructions::kScalar, Instructions::kBest}) all.push_back({layout, instructions});
  return all;
}

std::string name_of(const EvaluatorOptions& options) {
  constexpr const char* kLayouts[] = {"automatic", "padded", "flat"};
  constexpr const char* kInstructions[] = {"best", "scalar"};
  return std::string(kLayouts[static_cast<int>(options.layout)]) + ", " +
         kInstructions[static_cast<int>(options.instructions)];
}

}  // namespace veleta::testing
