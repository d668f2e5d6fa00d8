#include "assembler.hpp"

#include <cmath>
#include <stdexcept>

#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::min();  // no file's index of a child

}  // namespace

TreeAssembler::TreeAssembler(TreeModel& model, std::string what, size_t file_bytes)
    : model_(model), trees_(model.trees), what_(std::move(what)), most_words_(4'000'000 + file_bytes) {
  trees_.category_begin = {0};
}

void TreeAssembler::fail(size_t node, const std::string& what) const {
  throw Error(ErrorCode::kBadData, "the " + what_ + " is broken: tree " + std::to_string(trees_.roots.size() - 1) +
                                       ", node " + std::to_string(node) + ": " + what);
}

void TreeAssembler::append(size_t node_count, size_t root, uint32_t output,
                           const std::function<FileNode(size_t)>& node_at) {
  trees_.roots.push_back(static_cast<uint32_t>(trees_.feature.size()));
  trees_.tree_output.push_back(output);
  if (node_count == 0) fail(0, "expected a root, found a tree without nodes");
  if (trees_.feature.size() + node_count > std::numeric_limits<uint32_t>::max())
    fail(0, "expected fewer than 2^32 nodes in all trees, found more");
  claimed_.assign(node_count, false);
  struct Split {
    size_t index;  ///< in the file
    int64_t left, right;
    uint32_t appended;
  };
  std::vector<Split> to_do;
  const auto take = [&](int64_t child, size_t parent) {
    const size_t index = claim(parent, child);
    const FileNode node = node_at(index);
    const uint32_t appended = append_node(index, node);
    return Split{index, node.is_leaf ? kNone : node.left, node.right, appended};
  };
  const auto put_off = [&](const Split& split) {
    if (split.left != kNone) to_do.push_back(split);
  };
  put_off(take(static_cast<int64_t>(root), root));
  while (!to_do.empty()) {
    const Split split = to_do.back();
    to_do.pop_back();
    const Split left = take(split.left, split.index), right = take(split.right, split.index);
    trees_.left[split.appended] = left.appended;
    trees_.right[split.appended] = right.appended;
    put_off(right);
    put_off(left);
  }
}

size_t TreeAssembler::claim(size_t parent, int64_t child) {
  if (child < 0 || static_cast<uint64_t>(child) >= claimed_.size())
    fail(parent, "expected children among the tree's " + std::to_string(claimed_.size()) + " nodes, found " +
                     std::to_string(child));
  const auto index = static_cast<size_t>(child);
  if (claimed_[index])
    fail(parent, "expected children that no other node has, found " + std::to_string(child) + " again: no tree");
  claimed_[index] = true;
  return index;
}

uint32_t TreeAssembler::append_node(size_t index, const FileNode& node) {
  if (!(node.cover >= 0) || !std::isfinite(node.cover))
    fail(index, "expected a cover of at least 0, found " + std::to_string(node.cover));
  if (node.is_leaf && !std::isfinite(node.value))
    fail(index, "expected a leaf's number, found " + std::to_string(node.value));
  if (!node.is_leaf) append_split(index, node);
  trees_.feature.push_back(node.is_leaf ? TreeEnsemble::kLeaf : static_cast<int32_t>(node.feature));
  trees_.threshold.push_back(node.is_leaf || node.by_category ? 0 : node.threshold);
  trees_.left.push_back(0);
  trees_.right.push_back(0);
  trees_.default_left.push_back(node.default_left);
  trees_.value.push_back(node.is_leaf ? node.value : 0);
  trees_.cover.push_back(node.cover);
  trees_.category_begin.push_back(static_cast<uint32_t>(trees_.category_words.size()));
  model_.gains.push_back(node.is_leaf ? 0 : node.gain);
  return static_cast<uint32_t>(trees_.feature.size() - 1);
}

void TreeAssembler::append_split(size_t index, const FileNode& node) {
  if (node.feature < 0 || static_cast<uint64_t>(node.feature) >= model_.columns)
    fail(index, "expected a split on one of the model's " + std::to_string(model_.columns) + " features, found " +
                    std::to_string(node.feature));
  if (node.by_category) return append_words(index, node);
  if (std::isnan(node.threshold)) fail(index, "expected a threshold, found NaN");
}

void TreeAssembler::append_words(size_t index, const FileNode& node) {
  if (node.category_words.empty()) fail(index, "expected a set of categories to split on, found none");
  if (node.category_words.size() > most_words_ - trees_.category_words.size())
    fail(index, "expected sets of categories of a size with the file's, found some that take more than " +
                    std::to_string(most_words_ * sizeof(uint32_t) / 1'000'000) + " MB");
  trees_.category_words.insert(trees_.category_words.end(), node.category_words.begin(), node.category_words.end());
  has_words_ = true;
}

void TreeAssembler::finish() {
  if (!has_words_) trees_.category_begin.clear();
  if (trees_.outputs <= 1) trees_.tree_output.clear();
}

void add_category(std::vector<uint32_t>& words, int64_t category) {
  constexpr int64_t kMost = int64_t{1} << 24;
  if (category < 0 || category >= kMost) throw std::length_error(std::to_string(category));
  const auto word = static_cast<size_t>(category / 32);
  if (word >= words.size()) words.resize(word + 1);
  words[word] |= uint32_t{1} << category % 32;
}

}  // namespace veleta
