#include "pattern_rows.hpp"

#include <algorithm>
#include <bit>
#include <map>

#include "both_paths.hpp"

namespace tree_shap {
namespace {

constexpr size_t kMaximumFeatures = 64;
constexpr size_t kBlockRows = 64;

size_t count(uint64_t pattern) { return static_cast<size_t>(std::popcount(pattern)); }

bool has(uint64_t pattern, size_t bit) { return pattern >> bit & 1; }

}  // namespace

std::unique_ptr<PatternRows> PatternRows::make(const Forest& forest, const Decisions& decisions,
                                               const Background& background, std::vector<double> expected,
                                               size_t budget_bytes) {
  std::unique_ptr<PatternRows> rows(new PatternRows(forest, decisions, std::move(expected)));
  for (size_t tree = 0; tree < forest.trees.size(); ++tree)
    if (!rows->append(tree, background, budget_bytes / 2)) return nullptr;
  const size_t left = budget_bytes - rows->bytes();
  rows->attributions_ = std::make_unique<RowCache>(left / 2);
  rows->interactions_ = std::make_unique<RowCache>(left / 2);
  return rows;
}

PatternRows::PatternRows(const Forest& forest, const Decisions& decisions, std::vector<double> expected)
    : forest_(forest), decisions_(decisions), expected_(std::move(expected)) {}

size_t PatternRows::bytes() const {
  size_t bytes = steps_.size() * sizeof(Step) + leaves_.size() * sizeof(Leaf) + features_.size() * sizeof(int32_t) +
                 background_.size() * sizeof(Weighted);
  if (attributions_) bytes += attributions_->bytes() + interactions_->bytes();
  return bytes;
}

bool PatternRows::append(size_t tree, const Background& background, size_t budget_bytes) {
  if (!append_steps(forest_.trees[tree], decisions_.bits(forest_.trees[tree]))) return false;
  weigh(tree, background);
  return bytes() <= budget_bytes;
}

bool PatternRows::append_steps(const Tree& tree, const std::vector<uint32_t>& bits) {
  const std::vector<uint32_t> parents = parents_of(tree);
  StepTree made{steps_.size(), tree.nodes.size(), leaves_.size(), 0};
  steps_.emplace_back();
  std::vector<std::vector<int32_t>> above(tree.nodes.size());  // distinct features on the way to each node
  for (uint32_t n = 1; n < tree.nodes.size(); ++n) {
    const Node& parent = tree.nodes[parents[n]];
    above[n] = above[parents[n]];
    const auto feature = static_cast<size_t>(std::ranges::find(above[n], parent.feature) - above[n].begin());
    const bool again = feature < above[n].size();
    if (!again) above[n].push_back(parent.feature);
    if (above[n].size() > kMaximumFeatures) return false;
    steps_.push_back({parents[n], bits[parents[n]], n == parent.left, again, static_cast<uint8_t>(feature)});
    if (tree.nodes[n].is_leaf()) append_leaf(n, tree.nodes[n].value, above[n]);
  }
  made.leaf_end = leaves_.size();
  trees_.push_back(made);
  return true;
}

void PatternRows::append_leaf(uint32_t node, double value, const std::vector<int32_t>& features) {
  const uint64_t all = ~uint64_t{0} >> (kMaximumFeatures - features.size());
  leaves_.push_back(
      {node, value, static_cast<uint32_t>(features_.size()), static_cast<uint32_t>(features.size()), 0, 0, all, 0});
  features_.insert(features_.end(), features.begin(), features.end());
}

/// Which patterns the background has at each leaf, and how often.
void PatternRows::weigh(size_t tree, const Background& background) {
  const StepTree& made = trees_[tree];
  std::vector<uint64_t> at_node;
  std::vector<std::map<uint64_t, double>> weights(made.leaf_end - made.leaves);
  for (size_t b = 0; b < background.distinct(); ++b) {
    patterns(made, background.words(b) + decisions_.first_word(tree), at_node);
    for (size_t leaf = made.leaves; leaf < made.leaf_end; ++leaf)
      weights[leaf - made.leaves][at_node[leaves_[leaf].node]] += background.count(b);
  }
  for (size_t leaf = made.leaves; leaf < made.leaf_end; ++leaf) {
    leaves_[leaf].background = background_.size();
    for (const auto& [pattern, count] : weights[leaf - made.leaves]) {
      leaves_[leaf].met_by_some |= pattern;
      background_.push_back({pattern, count / background.rows()});
    }
    leaves_[leaf].background_end = background_.size();
  }
}

void PatternRows::patterns(const StepTree& tree, const uint64_t* words, std::vector<uint64_t>& patterns) const {
  patterns.resize(tree.nodes);
  patterns[0] = 0;
  for (size_t n = 1; n < tree.nodes; ++n) {
    const Step& step = steps_[tree.steps + n];
    const bool met = (words[step.bit / 64] >> step.bit % 64 & 1) == step.left;
    const uint64_t above = patterns[step.parent];
    patterns[n] = step.again ? above & ~(uint64_t{!met} << step.feature) : above | uint64_t{met} << step.feature;
  }
}

void PatternRows::make_row(const Leaf& leaf, uint64_t pattern, Of of, std::vector<double>& numbers) const {
  const size_t k = leaf.feature_count;
  numbers.assign(of == Of::kFeatures ? k : k * (k + 1) / 2, 0.0);
  for (size_t at = leaf.background; at < leaf.background_end; ++at) {
    const auto [other, weight] = background_[at];
    if ((pattern | other) != leaf.all) continue;
    const uint64_t of_row = pattern & ~other, of_background = other & ~pattern;
    const size_t a = count(of_row), z = count(of_background);
    const double mass = weight * leaf.value;
    const auto attribution = [&](size_t i) {
      return has(of_row, i)          ? mass * beta_weight(a - 1, z)
             : has(of_background, i) ? -mass * beta_weight(a, z - 1)
                                     : 0.0;
    };
    if (of == Of::kFeatures) {
      for (size_t i = 0; i < k; ++i) numbers[i] += attribution(i);
      continue;
    }
    const auto place = [&](size_t i, size_t j) { return i * k - i * (i + 1) / 2 + j; };
    for (size_t i = 0; i < k; ++i) numbers[place(i, i)] += attribution(i);
    for (size_t i = 0; i < k; ++i)
      for (size_t j = i + 1; j < k; ++j) {
        const size_t from_row = size_t{has(of_row, i)} + has(of_row, j);
        const size_t from_background = size_t{has(of_background, i)} + has(of_background, j);
        if (from_row + from_background < 2) continue;
        const double half = mass / 2 * beta_weight(a - from_row, z - from_background) * (from_row == 1 ? -1 : 1);
        numbers[place(i, j)] += half;
        numbers[place(i, i)] -= half;
        numbers[place(j, j)] -= half;
      }
  }
}

void PatternRows::add(const Leaf& leaf, Of of, const double* numbers, double* output) const {
  const int32_t* features = &features_[leaf.features];
  if (of == Of::kFeatures) {
    for (size_t i = 0; i < leaf.feature_count; ++i) output[features[i]] += numbers[i];
    return;
  }
  const size_t columns = forest_.columns;
  for (size_t i = 0; i < leaf.feature_count; ++i)
    for (size_t j = i; j < leaf.feature_count; ++j, ++numbers) {
      const auto row = static_cast<size_t>(features[i]), column = static_cast<size_t>(features[j]);
      output[row * columns + column] += *numbers;
      if (i != j) output[column * columns + row] += *numbers;
    }
}

void PatternRows::add_all(const veleta::MatrixView& rows, Of of, RowCache& cache, double* values) const {
  const size_t numbers_an_output = of == Of::kFeatures ? forest_.columns : forest_.columns * forest_.columns;
  const size_t words = decisions_.words();
  std::vector<uint64_t> decided(std::min(kBlockRows, rows.rows) * words), at_node;
  std::vector<double> made;
  for (size_t first = 0; first < rows.rows; first += kBlockRows) {
    const size_t count = std::min(kBlockRows, rows.rows - first);
    for (size_t row = 0; row < count; ++row)
      decisions_.decide(rows.row(first + row), 0, decisions_.words(), decided.data() + row * words);
    for (size_t tree = 0; tree < trees_.size(); ++tree)
      for (size_t row = 0; row < count; ++row) {
        patterns(trees_[tree], decided.data() + row * words + decisions_.first_word(tree), at_node);
        double* output = values + ((first + row) * forest_.outputs + forest_.trees[tree].output) * numbers_an_output;
        for (size_t l = trees_[tree].leaves; l < trees_[tree].leaf_end; ++l) {
          const Leaf& leaf = leaves_[l];
          const uint64_t pattern = at_node[leaf.node];
          if ((pattern | leaf.met_by_some) != leaf.all) continue;  // no background row meets what this one does not
          const double* numbers = cache.find(static_cast<uint32_t>(l), pattern);
          if (!numbers) {
            make_row(leaf, pattern, of, made);
            cache.keep(static_cast<uint32_t>(l), pattern, made);
            numbers = made.data();
          }
          add(leaf, of, numbers, output);
        }
      }
  }
}

void PatternRows::explain(const veleta::MatrixView& rows, std::span<double> values) const {
  add_all(rows, Of::kFeatures, *attributions_, values.data());
}

void PatternRows::interact(const veleta::MatrixView& rows, std::span<double> interactions) const {
  add_all(rows, Of::kPairs, *interactions_, interactions.data());
}

}  // namespace tree_shap
