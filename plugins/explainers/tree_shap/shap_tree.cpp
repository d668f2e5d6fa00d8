#include "shap_tree.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "veleta/error.hpp"

namespace tree_shap {

using veleta::Error;
using veleta::ErrorCode;

ShapTree::ShapTree(const veleta_trees& trees, size_t tree, size_t columns) {
  std::vector<std::pair<uint32_t, uint32_t>> to_do{{trees.roots[tree], kRoot}};
  nodes_.emplace_back();
  while (!to_do.empty()) {
    const auto [from, to] = to_do.back();
    to_do.pop_back();
    check(trees, from, columns);
    if (trees.feature[from] < 0) {
      nodes_[to].is_leaf = true;
      nodes_[to].value = trees.value[from];
      continue;
    }
    const auto left = static_cast<uint32_t>(nodes_.size());
    append_children(trees, from, to);
    to_do.emplace_back(trees.right[from], left + 1);
    to_do.emplace_back(trees.left[from], left);
  }
  measure();
}

void ShapTree::check(const veleta_trees& trees, uint32_t node, size_t columns) {
  if (trees.feature[node] >= 0 && static_cast<size_t>(trees.feature[node]) >= columns)
    throw Error(ErrorCode::kBadData, "a tree splits on feature " + std::to_string(trees.feature[node]) +
                                         ", the model has " + std::to_string(columns));
  if (!(trees.cover[node] >= 0))
    throw Error(ErrorCode::kBadData,
                "node " + std::to_string(node) + " has a cover of " + std::to_string(trees.cover[node]));
}

void ShapTree::append_children(const veleta_trees& trees, uint32_t from, uint32_t parent) {
  const double left_cover = trees.cover[trees.left[from]], right_cover = trees.cover[trees.right[from]];
  const double cover = left_cover + right_cover;
  const uint32_t previous = nearest_above(parent, trees.feature[from]);
  const bool missing_left = trees.default_left[from] != 0;
  for (const bool is_left : {true, false}) {
    Node node{parent, previous, trees.feature[from], trees.threshold[from], is_left, is_left == missing_left};
    // No training row came here: either side is as likely.
    node.edge_share = cover > 0 ? (is_left ? left_cover : right_cover) / cover : 0.5;
    node.share = nodes_[previous].share * node.edge_share;
    nodes_.push_back(node);
  }
}

uint32_t ShapTree::nearest_above(uint32_t node, int32_t feature) const {
  while (node != kRoot && nodes_[node].feature != feature) node = nodes_[node].parent;
  return node;
}

void ShapTree::measure() {
  std::vector<size_t> features(nodes_.size(), 0);  // distinct ones on the path to each node
  std::vector<double> expected(nodes_.size(), 0);
  for (uint32_t n = 1; n < nodes_.size(); ++n)
    features[n] = features[nodes_[n].parent] + (nodes_[n].previous == kRoot ? 1 : 0);
  for (auto n = static_cast<uint32_t>(nodes_.size() - 1); n > 0; --n) {
    if (nodes_[n].is_leaf) expected[n] = nodes_[n].value;
    expected[nodes_[n].parent] += nodes_[n].edge_share * expected[n];
  }
  expected_value_ = nodes_[kRoot].is_leaf ? nodes_[kRoot].value : expected[kRoot];
  choose_rule(*std::max_element(features.begin(), features.end()));
}

void ShapTree::choose_rule(size_t features_on_a_path) {
  points_ = std::max<size_t>(1, (features_on_a_path + 1) / 2);
  rule_ = gauss_legendre(points_);
  inverse_factor_.reserve(nodes_.size() * points_);
  for (const Node& node : nodes_)
    for (double p : rule_.points) inverse_factor_.push_back(1 / (p + (1 - p) * node.share));
}

void ShapTree::explain(const float* row, std::span<double> attributions, Scratch& scratch) const {
  scratch.met.resize(nodes_.size());
  scratch.reach.resize(nodes_.size() * points_);
  scratch.mass.assign(nodes_.size() * points_, 0);
  walk_down(row, scratch);
  walk_up(attributions, scratch);
}

bool ShapTree::meets(const Node& node, const float* row) {
  const float x = row[node.feature];
  return std::isnan(x) ? node.takes_missing : (x < node.threshold) == node.is_left;
}

/// Finds each node's reach: at each point p, the product over the features on its path of p o + (1 - p) r.
void ShapTree::walk_down(const float* row, Scratch& scratch) const {
  scratch.met[kRoot] = true;
  std::fill_n(scratch.reach.begin(), points_, 1.0);
  for (uint32_t n = 1; n < nodes_.size(); ++n) {
    const Node& node = nodes_[n];
    const double* above = &scratch.reach[node.parent * points_];
    double* reach = &scratch.reach[n * points_];
    const bool met_before = scratch.met[node.previous];
    const bool met = met_before && meets(node, row);
    scratch.met[n] = met;
    if (!met_before) {
      for (size_t q = 0; q < points_; ++q) reach[q] = above[q] * node.edge_share;
      continue;
    }
    const double* old = inverse(node.previous);
    for (size_t q = 0; q < points_; ++q) {
      const double p = rule_.points[q];
      reach[q] = above[q] * old[q] * ((met ? p : 0.0) + (1 - p) * node.share);
    }
  }
}

/// Sums the leaves below each node, and gives its feature (o - r) / (p o + (1 - p) r) of that sum, less what the
/// condition before it on the same feature had been given.
void ShapTree::walk_up(std::span<double> attributions, Scratch& scratch) const {
  for (auto n = static_cast<uint32_t>(nodes_.size() - 1); n > 0; --n) {
    const Node& node = nodes_[n];
    double* mass = &scratch.mass[n * points_];
    double* above = &scratch.mass[node.parent * points_];
    if (node.is_leaf)
      for (size_t q = 0; q < points_; ++q) mass[q] = rule_.weights[q] * node.value * scratch.reach[n * points_ + q];
    for (size_t q = 0; q < points_; ++q) above[q] += mass[q];
    if (!scratch.met[node.previous]) continue;  // given already: -1 / (1 - p) of it, whatever the share
    const double *old = inverse(node.previous), *now = inverse(n);
    const double share_before = nodes_[node.previous].share;
    double given = 0;
    for (size_t q = 0; q < points_; ++q) {
      const double coefficient = scratch.met[n] ? (1 - node.share) * now[q] : -1 / (1 - rule_.points[q]);
      given += (coefficient - (1 - share_before) * old[q]) * mass[q];
    }
    attributions[static_cast<size_t>(node.feature)] += given;
  }
}

}  // namespace tree_shap
