#include "trees/summary.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

namespace veleta {

namespace {

template <typename Item>
size_t bytes_of(const std::vector<Item>& items) {
  return items.size() * sizeof(Item);
}

size_t memory_of(const TreeEnsemble& trees) {
  return bytes_of(trees.roots) + bytes_of(trees.feature) + bytes_of(trees.threshold) + bytes_of(trees.left) +
         bytes_of(trees.right) + bytes_of(trees.default_left) + bytes_of(trees.value) + bytes_of(trees.cover) +
         bytes_of(trees.category_begin) + bytes_of(trees.category_words) + bytes_of(trees.tree_output) +
         bytes_of(trees.base_margins) + bytes_of(trees.missing);
}

class Counter {
 public:
  explicit Counter(const TreeModel& model) : model_(model), trees_(model.trees), depth_(model.trees.feature.size()) {}

  TreeSummary count() {
    summary_.trees = trees_.roots.size();
    summary_.nodes = trees_.feature.size();
    summary_.memory_bytes = memory_of(trees_);
    summary_.columns_with_missing =
        static_cast<size_t>(std::ranges::count_if(trees_.missing, [](float value) { return !std::isnan(value); }));
    for (size_t node = 0; node < summary_.nodes; ++node)
      trees_.feature[node] == TreeEnsemble::kLeaf ? count_leaf(node) : count_split(node);
    if (summary_.leaves > 0) summary_.mean_depth = depth_sum_ / static_cast<double>(summary_.leaves);
    take_features();
    return std::move(summary_);
  }

 private:
  void count_leaf(size_t node) {
    ++summary_.leaves;
    depth_sum_ += static_cast<double>(depth_[node]);
    summary_.deepest = std::max<size_t>(summary_.deepest, depth_[node]);
  }

  /// Children stand behind their parents, so that depths are known by the time they are asked for.
  void count_split(size_t node) {
    depth_[trees_.left[node]] = depth_[trees_.right[node]] = depth_[node] + 1;
    TreeSummary::Feature& feature = features_[static_cast<size_t>(trees_.feature[node])];
    ++feature.splits;
    if (!model_.gains.empty()) feature.gain += model_.gains[node];
    summary_.missing_left += trees_.default_left[node] != 0;
    if (trees_.category_begin.empty() || trees_.category_begin[node] == trees_.category_begin[node + 1]) return;
    ++feature.category_splits;
    ++summary_.category_splits;
    summary_.greatest_category = std::max(summary_.greatest_category, greatest_category(node));
  }

  uint64_t greatest_category(size_t node) const {
    const uint32_t begin = trees_.category_begin[node];
    for (uint32_t word = trees_.category_begin[node + 1]; word-- > begin;)
      if (trees_.category_words[word] != 0)
        return uint64_t{32} * (word - begin) + static_cast<uint64_t>(std::bit_width(trees_.category_words[word]) - 1);
    return 0;
  }

  void take_features() {
    for (auto& [column, feature] : features_) {
      feature.column = column;
      if (model_.gains.empty()) feature.gain = std::numeric_limits<double>::quiet_NaN();
      summary_.features.push_back(feature);
    }
    std::ranges::stable_sort(summary_.features, std::ranges::greater(), &TreeSummary::Feature::splits);
  }

  const TreeModel& model_;
  const TreeEnsemble& trees_;
  std::vector<uint32_t> depth_;                      ///< by node
  std::map<size_t, TreeSummary::Feature> features_;  ///< by column; a small file may tell of very many
  double depth_sum_ = 0;
  TreeSummary summary_;
};

}  // namespace

TreeSummary summarize(const TreeModel& model) { return Counter(model).count(); }

}  // namespace veleta
