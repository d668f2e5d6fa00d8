#include "path.hpp"

#include <algorithm>

namespace tree_shap {

std::vector<uint32_t> parents_of(const Tree& tree) {
  std::vector<uint32_t> parents(tree.nodes.size(), 0);
  for (uint32_t n = 0; n < tree.nodes.size(); ++n)
    if (!tree.nodes[n].is_leaf()) parents[tree.nodes[n].left] = parents[tree.nodes[n].left + 1] = n;
  return parents;
}

Path path_to(const Tree& tree, uint32_t leaf, const std::vector<uint32_t>& parents, const std::vector<uint32_t>& bits) {
  Path path{leaf, tree.nodes[leaf].value, {}};
  for (uint32_t child = leaf; child != 0; child = parents[child]) {
    const Node& node = tree.nodes[parents[child]];
    const bool left = child == node.left;
    auto at = std::ranges::find(path.features, node.feature, &PathFeature::feature);
    if (at == path.features.end()) at = path.features.insert(at, {node.feature, 1, {}});
    at->conditions.push_back({bits[parents[child]], left});
    at->share *= left ? node.left_share : 1 - node.left_share;
  }
  return path;
}

}  // namespace tree_shap
