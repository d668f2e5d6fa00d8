#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "assembler.hpp"
#include "formats.hpp"
#include "lightgbm_objective.hpp"
#include "text_sections.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::kUnsupported, "this LightGBM model cannot be read as trees: " + what);
}

enum class Missing { kNone = 0, kZero = 1, kNan = 2 };

/// The least float that LightGBM's comparison value <= threshold, in double, is false for; so that a float x is below
/// it exactly where that comparison is true.
float least_above(double threshold) {
  const auto nearest = static_cast<float>(threshold);
  if (nearest == -std::numeric_limits<float>::infinity()) return std::numeric_limits<float>::lowest();
  if (std::isinf(nearest) || static_cast<double>(nearest) > threshold) return nearest;
  return std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

/// A tree of one leaf has none, once LightGBM has read it from a file and written it again.
std::vector<double> leaf_covers(const TextSection& tree, size_t leaves) {
  const bool has_none = !tree.has("leaf_count") || (leaves == 1 && tree.text("leaf_count").empty());
  return has_none ? std::vector<double>(leaves) : tree.doubles("leaf_count", leaves);
}

/// One tree's arrays. Inner nodes are numbered from 0; leaf i has the number ~i, and stands behind the inner nodes
/// here.
class SavedTree {
 public:
  explicit SavedTree(const TextSection& tree)
      : leaves_(leaf_count(tree)),
        value_(tree.doubles("leaf_value", leaves_)),
        leaf_cover_(leaf_covers(tree, leaves_)),
        has_covers_(tree.has("leaf_count") && (leaves_ == 1 || tree.has("internal_count"))) {
    if (tree.has("is_linear") && tree.whole_number("is_linear") != 0)
      refuse("its leaves are linear models (linear_tree)");
    if (leaves_ == 1) return;
    const size_t inner = leaves_ - 1;
    left_ = tree.whole_numbers("left_child", inner);
    right_ = tree.whole_numbers("right_child", inner);
    feature_ = tree.whole_numbers("split_feature", inner);
    threshold_ = tree.doubles("threshold", inner);
    decision_ = tree.has("decision_type") ? tree.whole_numbers("decision_type", inner) : std::vector<int64_t>(inner);
    cover_ = tree.has("internal_count") ? tree.doubles("internal_count", inner) : std::vector<double>(inner);
    gain_ = tree.has("split_gain") ? tree.doubles("split_gain", inner) : std::vector<double>(inner);
    read_categories(tree);
  }

  size_t size() const { return leaves_ + left_.size(); }
  bool has_covers() const { return has_covers_; }
  size_t inner_count() const { return left_.size(); }
  bool by_category(size_t node) const { return (decision_[node] & 1) != 0; }
  Missing missing(size_t node) const { return static_cast<Missing>(decision_[node] >> 2 & 3); }
  int64_t feature(size_t node) const { return feature_[node]; }

  FileNode node(size_t index) const {
    FileNode node;
    if (index >= left_.size()) {
      node.is_leaf = true;
      node.value = value_[index - left_.size()];
      node.cover = leaf_cover_[index - left_.size()];
      return node;
    }
    node.feature = feature_[index];
    node.left = place(left_[index]);
    node.right = place(right_[index]);
    node.cover = cover_[index];
    node.gain = gain_[index];
    by_category(index) ? set_categories(node, index) : set_threshold(node, index);
    return node;
  }

 private:
  static size_t leaf_count(const TextSection& tree) {
    const int64_t leaves = tree.whole_number("num_leaves");
    if (leaves < 1 || static_cast<uint64_t>(leaves) > tree.size_bytes())
      tree.fail("num_leaves", "expected a number of leaves, found " + std::to_string(leaves));
    return static_cast<size_t>(leaves);
  }

  int64_t place(int64_t child) const { return child >= 0 ? child : static_cast<int64_t>(left_.size()) + ~child; }

  void set_threshold(FileNode& node, size_t index) const {
    const bool default_left = (decision_[index] & 2) != 0;
    node.threshold = least_above(threshold_[index]);
    // Where nothing stands for missing, NaN is taken for 0.
    node.default_left = missing(index) == Missing::kNone ? threshold_[index] >= 0 : default_left;
  }

  /// LightGBM's set goes left, anything else right; the trees here have it the other way round.
  void set_categories(FileNode& node, size_t index) const {
    node.by_category = true;
    std::swap(node.left, node.right);
    node.default_left = true;
    const auto set = static_cast<size_t>(threshold_[index]);
    node.category_words.assign(words_.begin() + static_cast<ptrdiff_t>(begins_[set]),
                               words_.begin() + static_cast<ptrdiff_t>(begins_[set + 1]));
  }

  /// A categorical node's threshold is the number of its set: words cat_threshold[cat_boundaries[n]] and on.
  void read_categories(const TextSection& tree) {
    const int64_t sets = tree.has("num_cat") ? tree.whole_number("num_cat") : 0;
    if (sets < 0 || static_cast<uint64_t>(sets) > tree.size_bytes())
      tree.fail("num_cat", "expected a number of sets of categories, found " + std::to_string(sets));
    if (sets > 0) {
      const auto begins = tree.whole_numbers("cat_boundaries", static_cast<size_t>(sets) + 1);
      const auto words = tree.whole_numbers("cat_threshold");
      for (size_t i = 0; i < begins.size(); ++i)
        if (begins[i] < (i == 0 ? 0 : begins[i - 1]) || begins[i] > static_cast<int64_t>(words.size()))
          tree.fail("cat_boundaries", "expected ascending places among " + std::to_string(words.size()) +
                                          " words, found " + std::to_string(begins[i]));
      begins_.assign(begins.begin(), begins.end());
      for (int64_t word : words) {
        if (word < 0 || word > std::numeric_limits<uint32_t>::max())
          tree.fail("cat_threshold", "expected words of 32 bits, found " + std::to_string(word));
        words_.push_back(static_cast<uint32_t>(word));
      }
    }
    for (size_t node = 0; node < left_.size(); ++node)
      if ((decision_[node] >> 2 & 3) == 3 || decision_[node] < 0)
        tree.fail("decision_type", "expected how a split decides, found " + std::to_string(decision_[node]));
      else if (by_category(node) && !(threshold_[node] >= 0 && threshold_[node] < static_cast<double>(sets)))
        tree.fail("threshold", "expected one of " + std::to_string(sets) + " sets of categories at node " +
                                   std::to_string(node) + ", found " + std::to_string(threshold_[node]));
  }

  size_t leaves_;
  std::vector<double> value_, leaf_cover_;
  bool has_covers_;
  std::vector<int64_t> left_, right_, feature_, decision_;
  std::vector<double> threshold_, cover_, gain_;
  std::vector<size_t> begins_;
  std::vector<uint32_t> words_;
};

class LightgbmReader {
 public:
  explicit LightgbmReader(std::string_view bytes) : bytes_(bytes), sections_(bytes, "LightGBM model") {}

  TreeModel read() {
    const TextSection head = sections_.next();
    read_head(head);
    read_trees();
    if (head.has("average_output")) average(head);
    return std::move(model_);
  }

 private:
  void read_head(const TextSection& head) {
    const std::string version = head.text("version");
    if (version != "v2" && version != "v3" && version != "v4")
      refuse("its format is version '" + version.substr(0, 16) + "'; expected v2, v3 or v4");
    model_.format = "LightGBM text";
    model_.made_by = "LightGBM, format " + version;
    model_.booster = head.has("average_output") ? "rf" : "gbdt";
    model_.columns = static_cast<size_t>(head.number_between("max_feature_idx", 0, 1 << 30)) + 1;
    model_.feature_names = head.texts("feature_names");
    if (model_.feature_names.size() != model_.columns)
      head.fail("feature_names", "expected one for each of " + std::to_string(model_.columns) + " features, found " +
                                     std::to_string(model_.feature_names.size()));
    const auto most = static_cast<int64_t>(bytes_.size());
    const int64_t outputs =
        head.number_between(head.has("num_tree_per_iteration") ? "num_tree_per_iteration" : "num_class", 1,
                            std::min<int64_t>(most, 1 << 24));
    model_.trees.outputs = static_cast<uint32_t>(outputs);
    objective_ = lightgbm_objective(head.has("objective") ? head.text("objective") : "");
    model_.objective = objective_.name;
    model_.trees.link = objective_.link;
  }

  void read_trees() {
    TreeAssembler assembler(model_, "LightGBM model", bytes_.size());
    zero_is_missing_.resize(model_.columns);
    zero_is_something_.resize(model_.columns);
    for (uint32_t tree = 0; !sections_.at_end(); ++tree) {
      const TextSection section = sections_.next();
      if (section.begins_with("end of trees")) break;
      if (!section.begins_with("Tree="))
        section.fail("", "expected 'Tree=" + std::to_string(tree) + "' or 'end of trees'");
      const SavedTree saved(section);
      model_.has_covers = model_.has_covers && saved.has_covers();
      note_missing(saved);
      assembler.append(saved.size(), 0, tree % model_.trees.outputs, [&](size_t index) {
        FileNode node = saved.node(index);
        node.value *= objective_.scale;
        return node;
      });
    }
    assembler.finish();
    set_missing();
  }

  /// A feature's zeros stand for missing or do not; the same in all trees, as training binned them once.
  void note_missing(const SavedTree& saved) {
    for (size_t node = 0; node < saved.inner_count(); ++node) {
      const int64_t feature = saved.feature(node);
      if (feature < 0 || static_cast<uint64_t>(feature) >= model_.columns) continue;
      const bool is_missing = !saved.by_category(node) && saved.missing(node) == Missing::kZero;
      (is_missing ? zero_is_missing_ : zero_is_something_)[static_cast<size_t>(feature)] = true;
    }
  }

  void set_missing() {
    for (size_t column = 0; column < model_.columns; ++column) {
      if (!zero_is_missing_[column]) continue;
      if (zero_is_something_[column])
        refuse("zero stands for a missing value of feature '" + model_.feature_names[column] +
               "' in some of its splits and not in others");
      model_.trees.missing.resize(model_.columns, std::numeric_limits<float>::quiet_NaN());
      model_.trees.missing[column] = 0;
    }
    if (!model_.trees.missing.empty())
      model_.notes.push_back("Zeros of some features stand for missing values (zero_as_missing).");
  }

  /// A random forest predicts the mean of its trees.
  void average(const TextSection& head) {
    const size_t trees = model_.trees.roots.size(), outputs = model_.trees.outputs;
    if (trees % outputs != 0)
      head.fail("average_output", "expected as many trees for each of " + std::to_string(outputs) + " outputs, found " +
                                      std::to_string(trees) + " in all");
    for (double& value : model_.trees.value) value /= static_cast<double>(trees / outputs);
  }

  std::string_view bytes_;
  TextSections sections_;
  LightgbmObjective objective_;
  std::vector<bool> zero_is_missing_, zero_is_something_;  ///< by column
  TreeModel model_;
};

}  // namespace

bool begins_as_lightgbm_text(std::string_view bytes) {
  return bytes.starts_with("tree\n") || bytes.starts_with("tree\r\n");
}

TreeModel read_lightgbm_text(std::string_view bytes) { return LightgbmReader(bytes).read(); }

}  // namespace veleta
