#include "shap_tree.hpp"
#include "veleta/explainer.hpp"

namespace {

using namespace veleta;
using tree_shap::ShapTree;

class PreparedTrees final : public PreparedExplainer {
 public:
  PreparedTrees(const veleta_trees& trees, size_t columns) : columns_(columns), base_value_(trees.base_margin) {
    trees_.reserve(trees.tree_count);
    for (size_t tree = 0; tree < trees.tree_count; ++tree) {
      trees_.emplace_back(trees, tree, columns);
      base_value_ += trees_.back().expected_value();
    }
  }

  void explain(const MatrixView& rows, const Attributions& out) const override {
    if (rows.columns != columns_)
      throw Error(ErrorCode::kInvalidArgument, "the model has " + std::to_string(columns_) +
                                                   " features, the rows have " + std::to_string(rows.columns));
    std::ranges::fill(out.values, 0.0);
    ShapTree::Scratch scratch;
    // Tree by tree, so that a tree stays in the cache for all rows.
    for (const ShapTree& tree : trees_)
      for (size_t row = 0; row < rows.rows; ++row)
        tree.explain(rows.row(row), out.values.subspan(row * columns_, columns_), scratch);
    out.base_values[0] = base_value_;
  }

 private:
  size_t columns_;
  double base_value_;
  std::vector<ShapTree> trees_;
};

/// Exact path-dependent SHAP values of any model with a tree view.
class TreeShap final : public Explainer {
 public:
  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    if (!model.trees) throw Error(ErrorCode::kUnsupported, "tree_shap explains models made of trees; this one is not");
    return std::make_unique<PreparedTrees>(*model.trees, model.columns);
  }
};

}  // namespace

VELETA_EXPLAINER(TreeShap, "tree_shap", "1.0.0")
