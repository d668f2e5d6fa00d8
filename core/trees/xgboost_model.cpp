#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "assembler.hpp"
#include "document.hpp"
#include "formats.hpp"
#include "numbers.hpp"
#include "veleta/error.hpp"
#include "xgboost_objective.hpp"

namespace veleta {

namespace {

using Value = ModelDocument::Value;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::kUnsupported, "this XGBoost model cannot be read as trees: " + what);
}

/// One tree's arrays as they stand in the model, all of one length.
class SavedTree {
 public:
  explicit SavedTree(const Value& tree)
      : tree_(tree),
        left_(tree.at("left_children").whole_numbers()),
        right_(array("right_children")),
        feature_(array("split_indices")),
        default_left_(array("default_left")),
        condition_(floats("split_conditions")),
        cover_(floats("sum_hessian")),
        gain_(floats("loss_changes")) {
    if (left_.empty()) tree.at("left_children").fail("expected a tree's nodes, found none");
    if (tree.has("split_type")) split_type_ = array("split_type");
    if (std::ranges::any_of(split_type_, [](int64_t type) { return type != 0; })) read_categories();
  }

  size_t size() const { return left_.size(); }

  FileNode node(size_t index) const {
    FileNode node;
    node.is_leaf = left_[index] == -1;
    node.left = left_[index];
    node.right = right_[index];
    node.feature = feature_[index];
    node.threshold = condition_[index];
    node.default_left = default_left_[index] != 0;
    node.value = condition_[index];
    node.cover = cover_[index];
    node.gain = gain_[index];
    node.by_category = !node.is_leaf && !split_type_.empty() && split_type_[index] != 0;
    if (node.by_category) node.category_words = words(index);
    return node;
  }

 private:
  std::vector<int64_t> array(std::string_view key) const {
    const Value found = tree_.at(key);
    if (found.count() != left_.size()) fail_length(found);
    return found.whole_numbers();
  }

  std::vector<float> floats(std::string_view key) const {
    const Value found = tree_.at(key);
    if (found.count() != left_.size()) fail_length(found);
    return found.floats();
  }

  [[noreturn]] void fail_length(const Value& found) const {
    found.fail("expected a number for each of the tree's " + std::to_string(left_.size()) + " nodes, found " +
               std::to_string(found.count()));
  }

  /// Node categories_nodes[i] has those from categories_segments[i] on, categories_sizes[i] of them.
  void read_categories() {
    categories_ = tree_.at("categories").whole_numbers();
    const auto nodes = tree_.at("categories_nodes").whole_numbers();
    const auto begins = tree_.at("categories_segments").whole_numbers();
    const auto sizes = tree_.at("categories_sizes").whole_numbers();
    if (begins.size() != nodes.size() || sizes.size() != nodes.size())
      tree_.at("categories_nodes")
          .fail("expected as many as categories_segments and categories_sizes have, found " +
                std::to_string(nodes.size()));
    const auto count = static_cast<int64_t>(categories_.size());
    spans_.resize(left_.size());
    int64_t left = count;  // each is one node's
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i] < 0 || static_cast<size_t>(nodes[i]) >= left_.size())
        tree_.at("categories_nodes").fail("expected nodes of the tree, found " + std::to_string(nodes[i]));
      if (begins[i] < 0 || begins[i] > count || sizes[i] < 0 || sizes[i] > count - begins[i] || (left -= sizes[i]) < 0)
        tree_.at("categories_sizes")
            .fail("expected parts of the " + std::to_string(count) + " categories, found " + std::to_string(sizes[i]) +
                  " from " + std::to_string(begins[i]) + " on");
      spans_[static_cast<size_t>(nodes[i])] = {static_cast<size_t>(begins[i]), static_cast<size_t>(sizes[i])};
    }
  }

  std::vector<uint32_t> words(size_t index) const {
    std::vector<uint32_t> words;
    const auto [begin, size] = spans_[index];
    try {
      for (size_t i = begin; i < begin + size; ++i) add_category(words, categories_[i]);
    } catch (const std::length_error& wrong) {
      tree_.at("categories").fail(std::string("expected categories from 0 to 16777215, found ") + wrong.what());
    }
    return words;
  }

  struct Span {
    size_t begin = 0, size = 0;
  };

  Value tree_;
  std::vector<int64_t> left_, right_, feature_, default_left_, split_type_, categories_;
  std::vector<float> condition_, cover_, gain_;
  std::vector<Span> spans_;  ///< by node, into categories_
};

/// base_score: "5E-1", or of 3.1 and later a list of them, "[5E-1,2E-1]".
std::vector<float> base_scores(const Value& saved) {
  std::string text = saved.text();
  try {
    if (!text.starts_with('[')) return {to_float(text)};
    std::vector<float> scores;
    if (!text.ends_with(']')) throw NotThatNumber{"a list of numbers", "'" + text.substr(0, 40) + "'"};
    NumberReader reader('j', std::string_view(text).substr(1, text.size() - 2));
    for (auto count = 1 + std::ranges::count(text, ','); count > 0; --count) scores.push_back(reader.next<float>());
    return scores;
  } catch (const NotThatNumber& problem) {
    saved.fail("expected " + problem.expected + ", found " + problem.found);
  }
}

int64_t number_or(const Value& object, std::string_view key, int64_t otherwise) {
  return object.has(key) ? object.at(key).whole_number() : otherwise;
}

std::vector<std::string> texts(const Value& object, std::string_view key) {
  std::vector<std::string> texts;
  if (object.has(key))
    for (const Value& text : object.at(key).items()) texts.push_back(text.text());
  return texts;
}

class XgboostReader {
 public:
  XgboostReader(const ModelDocument& document, size_t file_bytes)
      : root_(document.root()), learner_(root_.at("learner")), file_bytes_(file_bytes) {}

  TreeModel read() {
    model_.trees.single_precision = true;
    model_.trees.unknown_category_left = true;  // src/common/categorical.h: Decision
    read_version();
    read_booster();
    read_parameters();
    read_trees();
    model_.feature_names = one_a_column("feature_names");
    model_.feature_types = one_a_column("feature_types");
    note_best_iteration();
    return std::move(model_);
  }

 private:
  void read_version() {
    const auto version = root_.at("version").whole_numbers();
    for (int64_t part : version) model_.made_by += (model_.made_by.empty() ? "XGBoost " : ".") + std::to_string(part);
  }

  void read_booster() {
    const Value booster = learner_.at("gradient_booster");
    model_.booster = booster.at("name").text();
    if (model_.booster == "dart")
      weights_ = booster.at("weight_drop").floats();
    else if (model_.booster != "gbtree")
      refuse("its booster is '" + model_.booster + "', which has no trees; expected gbtree or dart");
  }

  Value booster_model() const {
    return learner_.at(model_.booster == "dart" ? "gradient_booster/gbtree/model" : "gradient_booster/model");
  }

  void read_parameters() {
    const Value parameters = learner_.at("learner_model_param");
    const int64_t columns = parameters.at("num_feature").whole_number();
    if (columns < 0 || columns > std::numeric_limits<int32_t>::max())
      parameters.at("num_feature").fail("expected a number of features, found " + std::to_string(columns));
    model_.columns = static_cast<size_t>(columns);
    const int64_t outputs =
        std::max({number_or(parameters, "num_class", 0), number_or(parameters, "num_target", 1), int64_t{1}});
    if (static_cast<uint64_t>(outputs) > file_bytes_)
      parameters.fail("expected a number of classes or targets, found " + std::to_string(outputs));
    model_.trees.outputs = static_cast<uint32_t>(outputs);
    model_.objective = learner_.at("objective/name").text();
    model_.trees.link = xgboost_link(model_.objective);
    read_base(parameters.at("base_score"));
  }

  void read_base(const Value& saved) {
    TreeEnsemble& trees = model_.trees;
    const auto scores = base_scores(saved);
    if (scores.size() != 1 && scores.size() != trees.outputs)
      saved.fail("expected one number, or one for each of " + std::to_string(trees.outputs) + " outputs, found " +
                 std::to_string(scores.size()));
    for (uint32_t output = 0; output < trees.outputs; ++output) {
      const float score = scores[scores.size() == 1 ? 0 : output];
      const float margin = xgboost_margin(model_.objective, score);
      if (!std::isfinite(margin))
        saved.fail("expected a score that " + model_.objective + " has a margin for, found " + std::to_string(score));
      trees.base_margins.push_back(margin);
    }
    trees.base_margin = trees.base_margins[0];
    if (trees.outputs == 1) trees.base_margins.clear();
  }

  void read_trees() {
    const Value saved = booster_model();
    const auto items = saved.at("trees").items();
    const auto outputs = saved.at("tree_info").whole_numbers();
    if (outputs.size() != items.size())
      saved.at("tree_info")
          .fail("expected a number for each of " + std::to_string(items.size()) + " trees, found " +
                std::to_string(outputs.size()));
    if (!weights_.empty() && weights_.size() != items.size())
      learner_.at("gradient_booster/weight_drop")
          .fail("expected a number for each of " + std::to_string(items.size()) + " trees, found " +
                std::to_string(weights_.size()));
    TreeAssembler assembler(model_, "XGBoost model", file_bytes_);
    const auto order = by_id(items);
    for (size_t tree = 0; tree < order.size(); ++tree) {
      if (outputs[tree] < 0 || outputs[tree] >= model_.trees.outputs)
        saved.at("tree_info")
            .fail("expected outputs below " + std::to_string(model_.trees.outputs) + ", found " +
                  std::to_string(outputs[tree]));
      append(assembler, order[tree], tree, static_cast<uint32_t>(outputs[tree]));
    }
    assembler.finish();
  }

  /// Trees stand in any order; their ids say which is which.
  static std::vector<Value> by_id(const std::vector<Value>& items) {
    std::vector<Value> order = items;
    std::vector<bool> found(items.size());
    for (size_t place = 0; place < items.size(); ++place) {
      const int64_t id = number_or(items[place], "id", static_cast<int64_t>(place));
      if (id < 0 || static_cast<size_t>(id) >= items.size() || found[static_cast<size_t>(id)])
        items[place].fail("expected ids from 0 to " + std::to_string(items.size() - 1) + ", each once, found " +
                          std::to_string(id));
      found[static_cast<size_t>(id)] = true;
      order[static_cast<size_t>(id)] = items[place];
    }
    return order;
  }

  void append(TreeAssembler& assembler, const Value& item, size_t tree, uint32_t output) {
    if (number_or(item.at("tree_param"), "size_leaf_vector", 1) > 1)
      refuse("its leaves are vectors (multi_strategy = multi_output_tree); expected one output a tree");
    const SavedTree saved(item);
    const float weight = weights_.empty() ? 1 : weights_[tree];
    const auto base =
        static_cast<float>(model_.trees.outputs > 1 ? model_.trees.base_margins[output] : model_.trees.base_margin);
    assembler.append(saved.size(), 0, output, [&](size_t index) {
      FileNode node = saved.node(index);
      if (node.is_leaf && !weights_.empty()) node.value = dart_value(static_cast<float>(node.value), base, weight);
      return node;
    });
  }

  /// What XGBoost adds for a leaf when it predicts from dense memory: it takes the base margin, adds the leaf, takes
  /// the base margin off again, and weighs what is left, each time rounding to a float (src/gbm/gbtree.cc: Dart).
  static float dart_value(float leaf, float base, float weight) {
    const float sum = base + leaf;
    const float rest = sum - base;
    return rest * weight;
  }

  std::vector<std::string> one_a_column(std::string_view key) {
    auto found = texts(learner_, key);
    if (!found.empty() && found.size() != model_.columns)
      learner_.at(key).fail("expected one for each of " + std::to_string(model_.columns) + " features, found " +
                            std::to_string(found.size()));
    return found;
  }

  void note_best_iteration() {
    if (!learner_.has("attributes") || !learner_.at("attributes").has("best_iteration")) return;
    model_.notes.push_back("Training found iteration " +
                           std::to_string(learner_.at("attributes/best_iteration").whole_number()) +
                           " to be the best; all trees count here, as in Booster.predict of XGBoost.");
  }

  Value root_, learner_;
  size_t file_bytes_;
  std::vector<float> weights_;  ///< of dart's trees
  TreeModel model_;
};

TreeModel read(const ModelDocument& document, size_t file_bytes, const std::string& format) {
  TreeModel model = XgboostReader(document, file_bytes).read();
  model.format = format;
  return model;
}

}  // namespace

TreeModel read_xgboost_json(std::string_view bytes) {
  return read(ModelDocument::parse_json(bytes, "XGBoost model"), bytes.size(), "XGBoost JSON");
}

TreeModel read_xgboost_ubjson(std::string_view bytes) {
  return read(ModelDocument::parse_ubjson(bytes, "XGBoost model"), bytes.size(), "XGBoost UBJSON");
}

}  // namespace veleta
