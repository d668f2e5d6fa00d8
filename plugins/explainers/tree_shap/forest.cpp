#include "forest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "veleta/error.hpp"

namespace tree_shap {
namespace {

using veleta::Error;
using veleta::ErrorCode;

/// Reads the trees of a view, node by node.
class Reader {
 public:
  Reader(const veleta_trees& view, Forest& forest) : view_(view), forest_(forest) {}

  Tree read(size_t tree) {
    Tree result{view_.tree_output ? view_.tree_output[tree] : 0, {}};
    if (result.output >= forest_.outputs)
      throw Error(ErrorCode::kBadData, "tree " + std::to_string(tree) + " adds to output " +
                                           std::to_string(result.output) + ", the model has " +
                                           std::to_string(forest_.outputs));
    std::vector<uint32_t> from{checked(view_.roots[tree], 0)};
    for (size_t to = 0; to < from.size(); ++to) {
      const uint32_t at = from[to];
      result.nodes.push_back(leaf(at));
      if (view_.feature[at] < 0) continue;
      const uint32_t left = checked(view_.left[at], at + 1), right = checked(view_.right[at], at + 1);
      split(at, result.nodes.back());
      result.nodes.back().left = static_cast<uint32_t>(from.size());
      from.insert(from.end(), {left, right});
      if (from.size() > view_.node_count)
        throw Error(ErrorCode::kBadData, "tree " + std::to_string(tree) + " has a node with two parents");
    }
    return result;
  }

 private:
  /// A node's number, which must be one, and at least `least`: trees have no cycles.
  uint32_t checked(uint32_t node, uint32_t least) const {
    if (node < least || node >= view_.node_count)
      throw Error(ErrorCode::kBadData, "a tree leads to node " + std::to_string(node) + " where one of " +
                                           std::to_string(least) + " to " + std::to_string(view_.node_count - 1) +
                                           " may follow");
    return node;
  }

  Node leaf(uint32_t from) const {
    if (!(view_.cover[from] >= 0) || std::isinf(view_.cover[from]))
      throw Error(ErrorCode::kBadData,
                  "node " + std::to_string(from) + " has a cover of " + std::to_string(view_.cover[from]));
    Node node;
    node.value = view_.value[from];
    return node;
  }

  void split(uint32_t from, Node& node) {
    node.feature = view_.feature[from];
    if (static_cast<size_t>(node.feature) >= forest_.columns)
      throw Error(ErrorCode::kBadData, "a tree splits on feature " + std::to_string(node.feature) + ", the model has " +
                                           std::to_string(forest_.columns));
    node.threshold = view_.threshold[from];
    node.default_left = view_.default_left[from] != 0;
    node.categories = categories(from);
    node.left_share = share(view_.cover[view_.left[from]], view_.cover[view_.right[from]]);
    node.value = 0;
  }

  static double share(double left, double right) {
    const double larger = std::max(left, right);
    if (!(larger > 0)) return 0.5;                            // no training row came here: either side is as likely
    return left / larger / (left / larger + right / larger);  // as the plain sum may be too large for a number
  }

  uint32_t categories(uint32_t node) {
    if (!view_.category_begin || view_.category_begin[node] == view_.category_begin[node + 1]) return 0;
    const uint32_t begin = view_.category_begin[node], end = view_.category_begin[node + 1];
    if (end < begin)
      throw Error(ErrorCode::kBadData, "the categories of node " + std::to_string(node) + " end before they begin");
    forest_.category_sets.push_back({static_cast<uint32_t>(forest_.category_words.size()), end - begin});
    forest_.category_words.insert(forest_.category_words.end(), view_.category_words + begin,
                                  view_.category_words + end);
    return static_cast<uint32_t>(forest_.category_sets.size());
  }

  const veleta_trees& view_;
  Forest& forest_;
};

}  // namespace

Forest::Forest(const veleta_trees& view, size_t column_count)
    : columns(column_count),
      outputs(std::max<uint32_t>(view.outputs, 1)),
      base_margins(outputs, view.base_margin),
      missing(view.missing, view.missing + view.missing_count),
      unknown_category_left(view.unknown_category == VELETA_UNKNOWN_LEFT) {
  if (view.base_margins) base_margins.assign(view.base_margins, view.base_margins + outputs);
  if (!missing.empty() && missing.size() != columns)
    throw Error(ErrorCode::kBadData, "the model names what is missing of " + std::to_string(missing.size()) +
                                         " columns, it has " + std::to_string(columns));
  if (std::ranges::all_of(missing, [](float sentinel) { return std::isnan(sentinel); })) missing.clear();
  Reader reader(view, *this);
  trees.reserve(view.tree_count);
  for (size_t tree = 0; tree < view.tree_count; ++tree) trees.push_back(reader.read(tree));
}

bool Forest::category_goes_left(uint32_t categories, bool default_left, float x) const {
  if (std::isnan(x)) return default_left;
  const CategorySet& set = category_sets[categories - 1];
  if (!(x >= 0 && x < 32 * static_cast<float>(set.words))) return unknown_category_left || default_left;
  const auto category = static_cast<uint32_t>(x);
  return (category_words[set.begin + category / 32] >> category % 32 & 1) == 0;
}

veleta::MatrixView Forest::normalise(const veleta::MatrixView& rows, std::vector<float>& room) const {
  if (missing.empty()) return rows;
  room.assign(rows.values, rows.values + rows.rows * rows.columns);
  for (size_t cell = 0; cell < room.size(); ++cell)
    if (room[cell] == missing[cell % columns]) room[cell] = std::numeric_limits<float>::quiet_NaN();
  return {room.data(), rows.rows, rows.columns, rows.names};
}

std::vector<double> Forest::expected() const {
  std::vector<double> sums(outputs, 0), values;
  for (const Tree& tree : trees) {
    values.resize(tree.nodes.size());
    for (size_t n = tree.nodes.size(); n-- > 0;) {
      const Node& node = tree.nodes[n];
      values[n] = node.is_leaf() ? node.value
                                 : node.left_share * values[node.left] + (1 - node.left_share) * values[node.left + 1];
    }
    sums[tree.output] += values[0];
  }
  return sums;
}

std::vector<uint32_t> previous_conditions(const Tree& tree, size_t columns) {
  std::vector<uint32_t> previous(tree.nodes.size(), 0), nearest(columns, 0);
  struct Step {
    uint32_t node;
    int32_t feature;   // of the condition that leads here; kLeaf at the root
    uint32_t restore;  // what was nearest on that feature before
    bool leave;
  };
  std::vector<Step> to_do{{0, Node::kLeaf, 0, false}};
  while (!to_do.empty()) {
    const Step step = to_do.back();
    to_do.pop_back();
    uint32_t* above = step.feature == Node::kLeaf ? nullptr : &nearest[static_cast<size_t>(step.feature)];
    if (step.leave) {
      *above = step.restore;
      continue;
    }
    if (above) {
      to_do.push_back({step.node, step.feature, *above, true});
      *above = step.node;
    }
    const Node& node = tree.nodes[step.node];
    if (node.is_leaf()) continue;
    previous[step.node] = nearest[static_cast<size_t>(node.feature)];
    for (const uint32_t child : {node.left + 1, node.left}) to_do.push_back({child, node.feature, 0, false});
  }
  return previous;
}

size_t features_on_a_path(const Tree& tree, std::span<const uint32_t> previous) {
  std::vector<size_t> features(tree.nodes.size(), 0);
  size_t most = 0;
  for (size_t n = 0; n < tree.nodes.size(); ++n) {
    most = std::max(most, features[n]);
    if (!tree.nodes[n].is_leaf())
      features[tree.nodes[n].left] = features[tree.nodes[n].left + 1] = features[n] + (previous[n] == 0 ? 1 : 0);
  }
  return most;
}

}  // namespace tree_shap
