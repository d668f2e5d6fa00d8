#include "boosted_trees.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include "veleta/error.hpp"

namespace xgboost_plugin {
namespace {

using veleta::Error;
using veleta::ErrorCode;
using veleta::TreeEnsemble;

float to_float(const std::string& text) {
  float value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
    throw Error(ErrorCode::kBadData, "the XGBoost model has '" + text + "' where a number should stand");
  return value;
}

/// What XGBoost starts its sums from: base_score before the link, in its own float arithmetic.
float base_margin(float base_score, bool logistic) {
  return logistic ? -std::log(1.0f / base_score - 1.0f) : base_score;
}

/// One tree's arrays as they stand in the model, all of one length.
class SavedTree {
 public:
  explicit SavedTree(const Ubjson& tree)
      : left_(tree.at("left_children").as_numbers()),
        right_(tree.at("right_children").as_numbers()),
        feature_(tree.at("split_indices").as_numbers()),
        condition_(tree.at("split_conditions").as_numbers()),
        default_left_(tree.at("default_left").as_numbers()),
        cover_(tree.at("sum_hessian").as_numbers()) {
    for (const auto* other : {&right_, &feature_, &condition_, &default_left_, &cover_})
      if (other->size() != left_.size() || left_.empty())
        throw Error(ErrorCode::kBadData, "a tree of the XGBoost model has arrays of different lengths");
    for (double type : tree.at("split_type").as_numbers())
      if (type != 0) throw Error(ErrorCode::kUnsupported, "the XGBoost model splits on categories");
  }

  /// Appends what can be reached from the root.
  void append_to(TreeEnsemble& out) const {
    out.roots.push_back(static_cast<uint32_t>(out.feature.size()));
    std::vector<std::pair<size_t, size_t>> to_do{{0, append_node(0, out)}};
    while (!to_do.empty()) {
      const auto [from, to] = to_do.back();
      to_do.pop_back();
      if (is_leaf(from)) continue;
      if (out.feature.size() > out.roots.back() + left_.size())
        throw Error(ErrorCode::kBadData, "a tree of the XGBoost model has a cycle");
      const size_t left = child(left_[from]), right = child(right_[from]);
      out.left[to] = append_node(left, out);
      out.right[to] = append_node(right, out);
      to_do.emplace_back(right, out.right[to]);
      to_do.emplace_back(left, out.left[to]);
    }
  }

 private:
  bool is_leaf(size_t node) const { return left_[node] < 0; }

  size_t child(double index) const {
    if (!(index > 0 && index < static_cast<double>(left_.size())))
      throw Error(ErrorCode::kBadData, "a node of the XGBoost model has a child outside its tree");
    return static_cast<size_t>(index);
  }

  uint32_t append_node(size_t node, TreeEnsemble& out) const {
    const bool leaf = is_leaf(node);
    out.feature.push_back(leaf ? TreeEnsemble::kLeaf : static_cast<int32_t>(feature_[node]));
    out.threshold.push_back(leaf ? 0 : static_cast<float>(condition_[node]));
    out.left.push_back(0);
    out.right.push_back(0);
    out.default_left.push_back(default_left_[node] != 0);
    out.value.push_back(leaf ? condition_[node] : 0);
    out.cover.push_back(cover_[node]);
    return static_cast<uint32_t>(out.feature.size() - 1);
  }

  const std::vector<double>&left_, &right_, &feature_, &condition_, &default_left_, &cover_;
};

}  // namespace

TreeEnsemble read_trees(const Ubjson& model) {
  const Ubjson& booster = model.at("learner/gradient_booster");
  if (booster.at("name").as_text() != "gbtree")
    throw Error(ErrorCode::kUnsupported, "the XGBoost model is a '" + booster.at("name").as_text() + "', not a gbtree");
  if (to_float(model.at("learner/learner_model_param/num_class").as_text()) > 1)
    throw Error(ErrorCode::kUnsupported, "the XGBoost model has more than two classes");
  TreeEnsemble trees;
  trees.single_precision = true;
  const bool logistic = model.at("learner/objective/name").as_text() == "binary:logistic";
  trees.link = logistic ? veleta::Link::kLogistic : veleta::Link::kIdentity;
  trees.base_margin = base_margin(to_float(model.at("learner/learner_model_param/base_score").as_text()), logistic);
  for (const Ubjson& tree : booster.at("model/trees").as_items()) SavedTree(tree).append_to(trees);
  return trees;
}

}  // namespace xgboost_plugin
