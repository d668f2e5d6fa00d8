#include "pairwise.hpp"

#include <array>
#include <cmath>

#include "both_paths.hpp"

namespace tree_shap {
namespace {

constexpr size_t kTabled = 64;
using BetaTable = std::array<std::array<double, kTabled>, kTabled>;

BetaTable beta_table() {
  BetaTable table;
  for (size_t a = 0; a < kTabled; ++a) {
    table[a][0] = 1 / (static_cast<double>(a) + 1);
    for (size_t z = 1; z < kTabled; ++z)
      table[a][z] = table[a][z - 1] * static_cast<double>(z) / static_cast<double>(a + z + 1);
  }
  return table;
}

/// Adds what a leaf gives to the interactions of its features: halves of Shapley's index off the diagonal, and on it
/// what they leave of the attributions.
void add_interactions(double value, const std::vector<int32_t>& of_row, const std::vector<int32_t>& of_background,
                      size_t columns, double* matrix) {
  const size_t a = of_row.size(), z = of_background.size();
  const auto add = [&](int32_t i, int32_t j, double what) {
    const auto row = static_cast<size_t>(i), column = static_cast<size_t>(j);
    matrix[row * columns + column] += what;
    matrix[row * columns + row] -= what;
  };
  for (const int32_t i : of_row) matrix[static_cast<size_t>(i) * (columns + 1)] += value * beta_weight(a - 1, z);
  for (const int32_t i : of_background) matrix[static_cast<size_t>(i) * (columns + 1)] -= value * beta_weight(a, z - 1);
  for (const int32_t i : of_row) {
    for (const int32_t j : of_row)
      if (i != j) add(i, j, value * beta_weight(a - 2, z) / 2);
    for (const int32_t j : of_background) {
      add(i, j, -value * beta_weight(a - 1, z - 1) / 2);
      add(j, i, -value * beta_weight(a - 1, z - 1) / 2);
    }
  }
  for (const int32_t i : of_background)
    for (const int32_t j : of_background)
      if (i != j) add(i, j, value * beta_weight(a, z - 2) / 2);
}

}  // namespace

double beta_weight(size_t a, size_t z) {
  static const BetaTable table = beta_table();
  if (a < kTabled && z < kTabled) return table[a][z];
  const auto log_factorial = [](size_t n) { return std::lgamma(static_cast<double>(n) + 1); };
  return std::exp(log_factorial(a) + log_factorial(z) - log_factorial(a + z + 1));
}

Pairwise::Pairwise(const Forest& forest, const Decisions& decisions, const Background& background)
    : forest_(forest), decisions_(decisions), background_(background) {
  for (const Tree& tree : forest.trees) bits_.push_back(decisions.bits(tree));
}

void Pairwise::explain_beside(size_t background_row, const uint64_t* words, double weight, double* values) const {
  BothPaths paths(forest_.columns);
  for (size_t tree = 0; tree < forest_.trees.size(); ++tree) {
    const uint32_t first_word = decisions_.first_word(tree);
    double* output = values + forest_.trees[tree].output * forest_.columns;
    paths.walk(forest_.trees[tree], bits_[tree], words + first_word, background_.words(background_row) + first_word,
               [&](double leaf, const auto& of_row, const auto& of_background) {
                 const size_t a = of_row.size(), z = of_background.size();
                 if (a > 0) {
                   const double share = weight * leaf * beta_weight(a - 1, z);
                   for (const int32_t i : of_row) output[i] += share;
                 }
                 if (z > 0) {
                   const double share = weight * leaf * beta_weight(a, z - 1);
                   for (const int32_t i : of_background) output[i] -= share;
                 }
               });
  }
}

void Pairwise::explain(const veleta::MatrixView& rows, std::span<double> values) const {
  std::vector<uint64_t> words(decisions_.words());
  for (size_t row = 0; row < rows.rows; ++row) {
    decisions_.decide(rows.row(row), 0, decisions_.words(), words.data());
    for (size_t b = 0; b < background_.distinct(); ++b)
      explain_beside(b, words.data(), background_.weight(b), values.data() + row * forest_.outputs * forest_.columns);
  }
}

void Pairwise::interact(const veleta::MatrixView& rows, std::span<double> interactions) const {
  const size_t columns = forest_.columns, matrix = columns * columns;
  BothPaths paths(columns);
  std::vector<uint64_t> words(decisions_.words());
  for (size_t row = 0; row < rows.rows; ++row) {
    decisions_.decide(rows.row(row), 0, decisions_.words(), words.data());
    for (size_t b = 0; b < background_.distinct(); ++b)
      for (size_t tree = 0; tree < forest_.trees.size(); ++tree) {
        const uint32_t first_word = decisions_.first_word(tree);
        double* output = interactions.data() + (row * forest_.outputs + forest_.trees[tree].output) * matrix;
        paths.walk(forest_.trees[tree], bits_[tree], words.data() + first_word, background_.words(b) + first_word,
                   [&](double leaf, const auto& of_row, const auto& of_background) {
                     add_interactions(background_.weight(b) * leaf, of_row, of_background, columns, output);
                   });
      }
  }
}

std::vector<double> Pairwise::sums(const uint64_t* words) const {
  std::vector<double> sums(forest_.outputs, 0);
  for (size_t t = 0; t < forest_.trees.size(); ++t) {
    const Tree& tree = forest_.trees[t];
    const uint64_t* of_tree = words + decisions_.first_word(t);
    uint32_t n = 0;
    while (!tree.nodes[n].is_leaf()) {
      const uint32_t bit = bits_[t][n];
      n = tree.nodes[n].left + !(of_tree[bit / 64] >> bit % 64 & 1);
    }
    sums[tree.output] += tree.nodes[n].value;
  }
  return sums;
}

std::vector<double> Pairwise::expected() const {
  std::vector<double> expected(forest_.outputs, 0);
  for (size_t b = 0; b < background_.distinct(); ++b) {
    const std::vector<double> of_row = sums(background_.words(b));
    for (size_t output = 0; output < of_row.size(); ++output)
      expected[output] += background_.weight(b) * of_row[output];
  }
  return expected;
}

std::string Pairwise::name() const {
  return "pairwise, " + std::to_string(background_.distinct()) + " background rows";
}

}  // namespace tree_shap
