#include "grow.hpp"

#include <dlib/random_forest.h>

namespace random_forest {
namespace {

using veleta::TreeEnsemble;

/// Lets dlib read features where they are. See dlib::dense_feature_extractor for the members it asks for.
class RowFeatures {
 public:
  using feature = uint32_t;
  using sample_type = const float*;

  explicit RowFeatures(size_t columns = 0) : columns_(columns) {}
  void setup(const std::vector<sample_type>&, const std::vector<double>&) {}
  double extract_feature_value(sample_type row, feature column) const { return row[column]; }
  size_t max_num_feats() const { return columns_; }

  void get_random_features(dlib::rand& random, size_t count, std::vector<feature>& chosen) const {
    chosen.resize(columns_);
    for (feature column = 0; column < columns_; ++column) chosen[column] = column;
    count = std::min(count, columns_);
    for (size_t i = 0; i < count; ++i)
      std::swap(chosen[i], chosen[static_cast<size_t>(random.get_integer_in_range(static_cast<long long>(i),
                                                                                  static_cast<long long>(columns_)))]);
    chosen.resize(count);
  }

 private:
  size_t columns_;
};

using Trainer = dlib::random_forest_regression_trainer<RowFeatures>;
using Forest = dlib::random_forest_regression_function<RowFeatures>;

/// dlib's one tree, with what the rows of the sample say of its nodes. Nodes from inner().size() on are leaves.
class MeasuredTree {
 public:
  MeasuredTree(const Forest& forest, const Sample& sample)
      : inner_(forest.get_internal_tree_nodes()[0]),
        leaves_(forest.get_tree_leaves()[0]),
        rows_(inner_.size() + leaves_.size(), 0),
        target_sums_(rows_.size(), 0) {
    for (size_t i = 0; i < sample.rows.size(); ++i) count_row(sample.rows[i], sample.targets[i]);
  }

  TreeEnsemble flatten() const {
    TreeEnsemble out;
    out.roots.push_back(0);
    struct Step {
      uint32_t node;
      int64_t right_of;  ///< output index of the parent whose right child this is; -1: none
    };
    std::vector<Step> to_do{{0, -1}};
    while (!to_do.empty()) {
      const Step step = to_do.back();
      to_do.pop_back();
      const Reachable found = skip_empty_splits(step.node);
      const auto index = static_cast<uint32_t>(out.feature.size());
      if (step.right_of >= 0) out.right[static_cast<size_t>(step.right_of)] = index;
      append(found, out);
      if (is_leaf(found.node)) continue;
      out.left[index] = index + 1;  // pre-order
      to_do.push_back({inner_[found.node].right, index});
      to_do.push_back({inner_[found.node].left, -1});
    }
    return out;
  }

 private:
  struct Reachable {
    uint32_t node;
    bool skipped;
  };

  bool is_leaf(uint32_t node) const { return node >= inner_.size(); }

  void count_row(const float* row, double target) {
    for (uint32_t node = 0;;) {
      ++rows_[node];
      target_sums_[node] += target;
      if (is_leaf(node)) return;
      const auto& split = inner_[node];
      node = row[split.split_feature] < split.split_threshold ? split.left : split.right;
    }
  }

  Reachable skip_empty_splits(uint32_t node) const {
    bool skipped = false;
    for (; !is_leaf(node) && rows_[node] > 0; skipped = true) {
      if (rows_[inner_[node].left] == 0)
        node = inner_[node].right;
      else if (rows_[inner_[node].right] == 0)
        node = inner_[node].left;
      else
        break;
    }
    return {node, skipped};
  }

  void append(Reachable found, TreeEnsemble& out) const {
    const bool leaf = is_leaf(found.node);
    out.feature.push_back(leaf ? TreeEnsemble::kLeaf : static_cast<int32_t>(inner_[found.node].split_feature));
    out.threshold.push_back(leaf ? 0 : inner_[found.node].split_threshold);
    out.left.push_back(0);
    out.right.push_back(0);
    out.default_left.push_back(0);  // a comparison with NaN is false
    out.value.push_back(leaf ? leaf_value(found) : 0);
    out.cover.push_back(rows_[found.node]);
  }

  double leaf_value(Reachable found) const {
    if (found.skipped && rows_[found.node] > 0) return target_sums_[found.node] / rows_[found.node];
    return leaves_[found.node - inner_.size()];
  }

  const std::vector<dlib::internal_tree_node<RowFeatures>>& inner_;
  const std::vector<float>& leaves_;
  std::vector<double> rows_, target_sums_;
};

}  // namespace

TreeEnsemble grow_tree(const Sample& sample, const TreeOptions& options, const std::string& seed) {
  Trainer trainer;
  trainer.set_feature_extractor(RowFeatures(sample.columns));
  trainer.set_num_trees(1);
  trainer.set_seed(seed);
  trainer.set_min_samples_per_leaf(options.min_leaf_rows);
  trainer.set_feature_subsampling_fraction(options.feature_fraction);
  const Forest forest = trainer.train(sample.rows, sample.targets);
  return MeasuredTree(forest, sample).flatten();
}

}  // namespace random_forest
