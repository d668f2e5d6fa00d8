#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "trees/read.hpp"

namespace veleta {

/// A node as a file has it, before anything was checked.
struct FileNode {
  bool is_leaf = false;
  int64_t feature = 0;
  float threshold = 0;
  int64_t left = 0, right = 0;  ///< in the file's numbering
  bool default_left = false;
  double value = 0;  ///< of a leaf
  double cover = 0;
  double gain = 0;
  bool by_category = false;
  std::vector<uint32_t> category_words;  ///< as in TreeEnsemble; where by_category
};

/// Builds a model's trees from a file's, each node before its children, and checks them. Nodes that cannot be reached
/// from the root are left out.
class TreeAssembler {
 public:
  /// `what` names the file in messages: "XGBoost model". `file_bytes` limits what sets of categories may take.
  TreeAssembler(TreeModel& model, std::string what, size_t file_bytes);

  /// Appends a tree of `node_count` nodes, the root being node `root`, that adds to an output. Throws kBadData where it
  /// is no tree, or a number in it makes no sense.
  void append(size_t node_count, size_t root, uint32_t output, const std::function<FileNode(size_t)>& node_at);

  /// To be called once, after the last tree: drops what says nothing.
  void finish();

 private:
  [[noreturn]] void fail(size_t node, const std::string& what) const;
  uint32_t append_node(size_t index, const FileNode& node);
  void append_split(size_t index, const FileNode& node);
  void append_words(size_t index, const FileNode& node);
  size_t claim(size_t parent, int64_t child);

  TreeModel& model_;
  TreeEnsemble& trees_;
  std::string what_;
  size_t most_words_;
  std::vector<bool> claimed_;  ///< of the tree that is appended
  bool has_words_ = false;
};

/// Sets category's bit. Throws std::length_error for one that no float holds exactly (2^24 and above).
void add_category(std::vector<uint32_t>& words, int64_t category);

}  // namespace veleta
