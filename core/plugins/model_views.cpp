#include "model_views.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace veleta {

namespace {

void check_arrays(const PluginInstance& plugin, const veleta_trees& trees) {
  const bool has_nodes =
      trees.feature && trees.threshold && trees.left && trees.right && trees.default_left && trees.value && trees.cover;
  if ((trees.tree_count > 0 && !trees.roots) || (trees.node_count > 0 && !has_nodes))
    plugin.broke_contract("the view of its trees lacks an array");
  if (trees.node_count > std::numeric_limits<uint32_t>::max())
    plugin.broke_contract(fmt::format("its trees have {} nodes, more than an index can name", trees.node_count));
}

void check_link(const PluginInstance& plugin, int32_t link) {
  if (link < VELETA_IDENTITY || link > VELETA_HINGE)
    plugin.broke_contract(fmt::format("its view's link {} is none of the known", link));
}

void check_category_places(const PluginInstance& plugin, const veleta_trees& trees) {
  if (!trees.category_begin) return;
  if (trees.category_begin[0] != 0 || (trees.category_begin[trees.node_count] > 0 && !trees.category_words))
    plugin.broke_contract("the view of its categories does not begin at word 0, or lacks its words");
  for (size_t node = 0; node < trees.node_count; ++node)
    if (trees.category_begin[node + 1] < trees.category_begin[node])
      plugin.broke_contract(fmt::format("the categories of node {} end before they begin", node));
  if (trees.unknown_category != VELETA_UNKNOWN_AS_MISSING && trees.unknown_category != VELETA_UNKNOWN_LEFT)
    plugin.broke_contract(
        fmt::format("its rule for unknown categories, {}, is none of the known", trees.unknown_category));
}

void check_outputs(const PluginInstance& plugin, const veleta_trees& trees, size_t columns) {
  const uint32_t outputs = std::max<uint32_t>(trees.outputs, 1);
  if (!std::isfinite(trees.base_margin)) plugin.broke_contract(fmt::format("its base margin is {}", trees.base_margin));
  for (uint32_t output = 0; trees.base_margins && output < outputs; ++output)
    if (!std::isfinite(trees.base_margins[output]))
      plugin.broke_contract(fmt::format("its base margin of output {} is {}", output, trees.base_margins[output]));
  for (size_t tree = 0; trees.tree_output && tree < trees.tree_count; ++tree)
    if (trees.tree_output[tree] >= outputs)
      plugin.broke_contract(fmt::format("tree {} adds to output {} of {}", tree, trees.tree_output[tree], outputs));
  if (trees.missing_count != (trees.missing ? columns : 0))
    plugin.broke_contract(
        fmt::format("it names values that stand for missing in {} of {} columns", trees.missing_count, columns));
}

/// A root before the one of the tree before it would hint at arrays that were mixed up.
void check_roots(const PluginInstance& plugin, const veleta_trees& trees) {
  for (size_t tree = 0; tree < trees.tree_count; ++tree) {
    if (trees.roots[tree] >= trees.node_count)
      plugin.broke_contract(
          fmt::format("the root of tree {} is node {} of {}", tree, trees.roots[tree], trees.node_count));
    if (tree > 0 && trees.roots[tree] <= trees.roots[tree - 1])
      plugin.broke_contract(fmt::format("the root of tree {} does not follow that of tree {}", tree, tree - 1));
  }
}

/// Readers follow each path on its own: a node with two parents would be read twice, and so on down, without end in
/// sight.
class Parents {
 public:
  Parents(const PluginInstance& plugin, size_t nodes) : plugin_(plugin), has_one_(nodes) {}
  void claim(size_t node) {
    if (has_one_[node]) plugin_.broke_contract(fmt::format("node {} is reached in two ways", node));
    has_one_[node] = true;
  }

 private:
  const PluginInstance& plugin_;
  std::vector<bool> has_one_;
};

void check_inner_node(const PluginInstance& plugin, const veleta_trees& trees, size_t node, size_t columns) {
  const auto is_below = [&](uint32_t child) { return child > node && child < trees.node_count; };
  if (trees.feature[node] < 0 || static_cast<size_t>(trees.feature[node]) >= columns)
    plugin.broke_contract(fmt::format("node {} tests feature {} of {}", node, trees.feature[node], columns));
  if (!is_below(trees.left[node]) || !is_below(trees.right[node]))
    plugin.broke_contract(fmt::format("node {} has the children {} and {}; expected nodes after it, before {}", node,
                                      trees.left[node], trees.right[node], trees.node_count));
  const bool by_category = trees.category_begin && trees.category_begin[node + 1] > trees.category_begin[node];
  if (!by_category && std::isnan(trees.threshold[node]))
    plugin.broke_contract(fmt::format("node {} has the threshold {}", node, trees.threshold[node]));
}

void check_node(const PluginInstance& plugin, const veleta_trees& trees, size_t node, size_t columns) {
  if (!std::isfinite(trees.cover[node]) || trees.cover[node] < 0)
    plugin.broke_contract(fmt::format("node {} has the cover {}", node, trees.cover[node]));
  if (trees.feature[node] != -1) return check_inner_node(plugin, trees, node, columns);
  if (!std::isfinite(trees.value[node])) plugin.broke_contract(fmt::format("leaf {} adds {}", node, trees.value[node]));
}

}  // namespace

void check_trees(const PluginInstance& plugin, const veleta_trees& trees, size_t columns) {
  check_arrays(plugin, trees);
  check_link(plugin, trees.link);
  check_category_places(plugin, trees);
  check_outputs(plugin, trees, columns);
  check_roots(plugin, trees);
  Parents parents(plugin, trees.node_count);
  for (size_t tree = 0; tree < trees.tree_count; ++tree) parents.claim(trees.roots[tree]);
  for (size_t node = 0; node < trees.node_count; ++node) {
    check_node(plugin, trees, node, columns);
    if (trees.feature[node] == -1) continue;
    parents.claim(trees.left[node]);
    parents.claim(trees.right[node]);
  }
}

void check_linear(const PluginInstance& plugin, const veleta_linear& linear, size_t columns) {
  check_link(plugin, linear.link);
  if (linear.columns != columns)
    plugin.broke_contract(fmt::format("its linear view has {} coefficients for {} features", linear.columns, columns));
  if (columns > 0 && (!linear.coefficients || !linear.means)) plugin.broke_contract("its linear view lacks an array");
  if (!std::isfinite(linear.intercept)) plugin.broke_contract(fmt::format("its intercept is {}", linear.intercept));
  for (size_t column = 0; column < columns; ++column)
    if (!std::isfinite(linear.coefficients[column]) || !std::isfinite(linear.means[column]))
      plugin.broke_contract(fmt::format("its coefficient {} is {}, of mean {}", column, linear.coefficients[column],
                                        linear.means[column]));
}

}  // namespace veleta
