#include "trees/write.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "json_text.hpp"
#include "veleta/error.hpp"
#include "xgboost_objective.hpp"

namespace veleta {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::kUnsupported, "these trees cannot be written as an XGBoost model: " + what);
}

struct Objective {
  const char* name;
  const char* parameters;  ///< as members of the objective's object, behind its name
};

Objective objective_of(const TreeEnsemble& trees) {
  switch (trees.link) {
    case Link::kIdentity: return {"reg:squarederror", R"(,"reg_loss_param":{"scale_pos_weight":"1"})"};
    case Link::kLogistic: return {"binary:logistic", R"(,"reg_loss_param":{"scale_pos_weight":"1"})"};
    case Link::kExponential: return {"count:poisson", R"(,"poisson_regression_param":{"max_delta_step":"0.7"})"};
    case Link::kSoftmax: return {"multi:softprob", R"(,"softmax_multiclass_param":{"num_class":"#"})"};
    case Link::kHinge: return {"binary:hinge", ""};
  }
  refuse("their link is none that is known");
}

std::vector<float> base_margins(const TreeEnsemble& trees) {
  if (trees.base_margins.empty()) return std::vector<float>(trees.outputs, static_cast<float>(trees.base_margin));
  return {trees.base_margins.begin(), trees.base_margins.end()};
}

/// The base_score that XGBoost makes this margin of, exactly; NaN if it is none of those near.
float exact_base_score(const TreeEnsemble& trees, float margin) {
  const std::string objective = objective_of(trees).name;
  float score = margin;
  if (trees.link == Link::kLogistic) score = static_cast<float>(1 / (1 + std::exp(-static_cast<double>(margin))));
  if (trees.link == Link::kExponential) score = std::exp(margin);
  for (int ulps : {0, 1, -1, 2, -2}) {
    const float near = std::bit_cast<float>(std::bit_cast<int32_t>(score) + ulps);
    if (std::isfinite(near) && xgboost_margin(objective, near) == margin) return near;
  }
  return std::numeric_limits<float>::quiet_NaN();
}

/// The base_score of a margin of 0.
float neutral_base_score(Link link) {
  return link == Link::kLogistic ? 0.5f : link == Link::kExponential ? 1.0f : 0.0f;
}

/// What one node is in XGBoost's arrays.
struct WrittenNode {
  int64_t left = -1, right = -1, parent = std::numeric_limits<int32_t>::max();
  uint32_t from = 0;  ///< in the ensemble
};

class Writer {
 public:
  explicit Writer(const TreeModel& model) : model_(model), trees_(model.trees), margins_(base_margins(model.trees)) {
    if (trees_.link == Link::kSoftmax && trees_.outputs < 2) refuse("their link is a softmax over one output");
    if (trees_.link == Link::kHinge && trees_.outputs > 1) refuse("their link is a hinge, of more outputs than one");
    check_missing();
    check_floats();
    base_score_ = exact_base_score(trees_, margins_[0]);
    const bool is_common = std::ranges::all_of(margins_, [&](float margin) { return margin == margins_[0]; });
    needs_base_trees_ = !is_common || std::isnan(base_score_);
    if (needs_base_trees_) base_score_ = neutral_base_score(trees_.link);
  }

  std::string write() {
    out_.raw(R"({"learner":{"attributes":{})");
    names("feature_names", model_.feature_names);
    names("feature_types", feature_types());
    booster();
    parameters();
    out_.raw(R"(},"version":[1,7,4]})");
    return out_.take();
  }

 private:
  /// XGBoost's files tell nothing of what stands for missing. That is no loss where such a value would go the same way
  /// as a number.
  void check_missing() const {
    if (trees_.missing.empty()) return;
    for (size_t node = 0; node < trees_.feature.size(); ++node) {
      if (trees_.feature[node] == TreeEnsemble::kLeaf) continue;
      const auto column = static_cast<size_t>(trees_.feature[node]);
      const float value = trees_.missing[column];
      if (std::isnan(value)) continue;
      if (is_categorical(node) || (value < trees_.threshold[node]) != (trees_.default_left[node] != 0))
        refuse("the value " + float_text(value) + " of feature " + std::to_string(column) +
               " stands for missing, and goes another way than the number");
    }
  }

  void check_floats() const {
    const auto check = [](double number, const char* what) {
      if (!std::isfinite(static_cast<float>(number)))
        refuse(std::string(what) + " is " + std::to_string(number) + ", which no 32-bit float holds");
    };
    for (float margin : margins_) check(margin, "a base margin");
    for (double value : trees_.value) check(value, "what a leaf adds");
    for (double cover : trees_.cover) check(cover, "a cover");
  }

  bool is_categorical(size_t node) const {
    return !trees_.category_begin.empty() && trees_.category_begin[node] < trees_.category_begin[node + 1];
  }

  void names(std::string_view key, const std::vector<std::string>& texts) {
    out_.key(key).raw("[");
    for (const auto& text : texts) out_.string(text);
    out_.raw("]");
  }

  /// XGBoost in Python wants them where there are categories; of very many columns, they would outgrow the trees.
  std::vector<std::string> feature_types() const {
    constexpr size_t kMostColumns = 1'000'000;
    if (!model_.feature_types.empty() || trees_.category_begin.empty() || model_.columns > kMostColumns)
      return model_.feature_types;
    std::vector<std::string> types(model_.columns, "float");
    for (size_t node = 0; node < trees_.feature.size(); ++node)
      if (is_categorical(node)) types[static_cast<size_t>(trees_.feature[node])] = "c";
    return types;
  }

  void booster() {
    const size_t base_trees = needs_base_trees_ ? trees_.outputs : 0;
    const size_t count = trees_.roots.size() + base_trees;
    out_.key("gradient_booster").raw(R"({"model":{"gbtree_model_param":{"num_parallel_tree":"1","num_trees":")");
    out_.raw(std::to_string(count)).raw(R"(","size_leaf_vector":"0"},"iteration_indptr":[0)");
    if (count > 0) out_.element(static_cast<int64_t>(count));
    out_.raw("]").key("tree_info").raw("[");
    for (size_t output = 0; output < base_trees; ++output) out_.element(static_cast<int64_t>(output));
    for (size_t tree = 0; tree < trees_.roots.size(); ++tree)
      out_.element(int64_t{trees_.tree_output.empty() ? 0 : trees_.tree_output[tree]});
    out_.raw("]").key("trees").raw("[");
    for (size_t output = 0; output < base_trees; ++output) base_tree(output);
    for (size_t tree = 0; tree < trees_.roots.size(); ++tree) this->tree(base_trees + tree, trees_.roots[tree]);
    out_.raw(R"(]},"name":"gbtree"})");
  }

  void parameters() {
    const Objective objective = objective_of(trees_);
    const std::string outputs = std::to_string(trees_.outputs);
    const bool is_softmax = trees_.link == Link::kSoftmax;
    std::string members = objective.parameters;
    if (const size_t place = members.find('#'); place != std::string::npos) members.replace(place, 1, outputs);
    out_.key("learner_model_param").raw(R"({"base_score":")").raw(float_text(base_score_));
    out_.raw(R"(","num_class":")").raw(is_softmax ? outputs : "0").raw(R"(","num_feature":")");
    out_.raw(std::to_string(model_.columns)).raw(R"(","num_target":")").raw(is_softmax ? "1" : outputs).raw("\"}");
    out_.key("objective").raw(R"({"name":")").raw(objective.name).raw("\"").raw(members).raw("}");
  }

  /// A tree of one leaf: an output's base margin.
  void base_tree(size_t output) {
    TreeEnsemble one;
    one.default_left = {0};
    one.value = {margins_[output]};
    one.cover = {trees_.roots.empty() ? 0 : trees_.cover[trees_.roots[0]]};
    arrays(output, one, {WrittenNode{}});
  }

  void tree(size_t id, uint32_t root) {
    std::vector<WrittenNode> nodes{{.from = root}};
    for (size_t node = 0; node < nodes.size(); ++node) {
      const uint32_t from = nodes[node].from;
      if (trees_.feature[from] == TreeEnsemble::kLeaf) continue;
      // XGBoost takes the right child to stand behind the left one.
      nodes[node].left = static_cast<int64_t>(nodes.size());
      nodes[node].right = nodes[node].left + 1;
      const auto parent = static_cast<int64_t>(node);
      nodes.push_back({.parent = parent, .from = trees_.left[from]});
      nodes.push_back({.parent = parent, .from = trees_.right[from]});
    }
    arrays(id, trees_, nodes);
  }

  template <typename Number, typename Of>
  void array(std::string_view key, const std::vector<WrittenNode>& nodes, const Of& of) {
    out_.key(key).raw("[");
    for (const WrittenNode& node : nodes) out_.element(static_cast<Number>(of(node)));
    out_.raw("]");
  }

  void arrays(size_t id, const TreeEnsemble& from, const std::vector<WrittenNode>& nodes) {
    const auto is_leaf = [&](const WrittenNode& node) { return node.left < 0; };
    const auto value = [&](const WrittenNode& node) {
      return is_leaf(node) ? static_cast<float>(from.value[node.from]) : 0.0f;
    };
    separate_trees();
    out_.raw("{");
    array<float>("base_weights", nodes, value);
    categories(nodes);
    array<int64_t>("default_left", nodes, [&](const WrittenNode& node) { return from.default_left[node.from]; });
    out_.key("id").raw(std::to_string(id));
    array<int64_t>("left_children", nodes, [](const WrittenNode& node) { return node.left; });
    array<float>("loss_changes", nodes, [&](const WrittenNode& node) {
      return is_leaf(node) || model_.gains.empty() ? 0.0 : model_.gains[node.from];
    });
    array<int64_t>("parents", nodes, [](const WrittenNode& node) { return node.parent; });
    array<int64_t>("right_children", nodes, [](const WrittenNode& node) { return node.right; });
    array<float>("split_conditions", nodes, [&](const WrittenNode& node) {
      if (is_leaf(node)) return value(node);
      return splits_on_nothing(node) ? std::numeric_limits<float>::max() : from.threshold[node.from];
    });
    array<int64_t>("split_indices", nodes,
                   [&](const WrittenNode& node) { return is_leaf(node) ? 0 : from.feature[node.from]; });
    array<int64_t>("split_type", nodes, [&](const WrittenNode& node) { return splits_on_categories(node) ? 1 : 0; });
    array<float>("sum_hessian", nodes, [&](const WrittenNode& node) { return from.cover[node.from]; });
    out_.key("tree_param").raw(R"({"num_deleted":"0","num_feature":")").raw(std::to_string(model_.columns));
    out_.raw(R"(","num_nodes":")").raw(std::to_string(nodes.size())).raw(R"(","size_leaf_vector":"0"}})");
  }

  void separate_trees() {
    if (!is_first_tree_) out_.raw(",");
    is_first_tree_ = false;
  }

  std::vector<int64_t> set_of(const WrittenNode& node) const {
    std::vector<int64_t> set;
    if (node.left < 0 || !is_categorical(node.from)) return set;
    const uint32_t begin = trees_.category_begin[node.from], end = trees_.category_begin[node.from + 1];
    for (uint32_t word = begin; word < end; ++word)
      for (int bit = 0; bit < 32; ++bit)
        if (trees_.category_words[word] >> bit & 1) set.push_back(int64_t{32} * (word - begin) + bit);
    return set;
  }

  bool splits_on_categories(const WrittenNode& node) const { return !set_of(node).empty(); }
  /// An empty set, which XGBoost refuses: every category goes left, as every number does that is below the greatest.
  bool splits_on_nothing(const WrittenNode& node) const {
    return node.left >= 0 && is_categorical(node.from) && set_of(node).empty();
  }

  void categories(const std::vector<WrittenNode>& nodes) {
    std::vector<int64_t> all, at, begins, sizes;
    for (size_t node = 0; node < nodes.size(); ++node) {
      const auto set = set_of(nodes[node]);
      if (set.empty()) continue;
      if (!trees_.unknown_category_left && trees_.default_left[nodes[node].from] == 0)
        refuse("a category that node " + std::to_string(nodes[node].from) + " does not know goes right");
      at.push_back(static_cast<int64_t>(node));
      begins.push_back(static_cast<int64_t>(all.size()));
      sizes.push_back(static_cast<int64_t>(set.size()));
      all.insert(all.end(), set.begin(), set.end());
    }
    whole_numbers("categories", all);
    whole_numbers("categories_nodes", at);
    whole_numbers("categories_segments", begins);
    whole_numbers("categories_sizes", sizes);
  }

  void whole_numbers(std::string_view key, const std::vector<int64_t>& numbers) {
    out_.key(key).raw("[");
    for (int64_t number : numbers) out_.element(number);
    out_.raw("]");
  }

  const TreeModel& model_;
  const TreeEnsemble& trees_;
  std::vector<float> margins_;
  float base_score_ = 0;
  bool needs_base_trees_ = false;
  bool is_first_tree_ = true;
  JsonText out_;
};

}  // namespace

std::string write_xgboost_json(const TreeModel& model) { return Writer(model).write(); }

}  // namespace veleta
