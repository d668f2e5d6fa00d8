#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "formats.hpp"
#include "trees/summary.hpp"
#include "trees/write.hpp"
#include "veleta/error.hpp"

// What a reader of model files promises, held against any bytes: it refuses them with a reason, or gives trees that
// hold together.

namespace veleta {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "a rule is broken: %s\n", what);
  std::abort();
}

inline void require_that_trees_hold_together(const TreeModel& model) {
  const TreeEnsemble& trees = model.trees;
  const size_t nodes = trees.feature.size();
  require(trees.outputs >= 1, "at least one output");
  for (size_t tree = 0; tree < trees.roots.size(); ++tree) {
    require(trees.roots[tree] < nodes, "roots are nodes");
    require(tree == 0 || trees.roots[tree] > trees.roots[tree - 1], "roots ascend");
    require(trees.tree_output.empty() || trees.tree_output[tree] < trees.outputs, "trees add to outputs");
  }
  size_t children = 0;
  std::vector<bool> has_parent(nodes);
  for (size_t node = 0; node < nodes; ++node) {
    require(trees.cover[node] >= 0 && std::isfinite(trees.cover[node]), "covers are numbers of at least 0");
    if (trees.feature[node] == TreeEnsemble::kLeaf) {
      require(std::isfinite(trees.value[node]), "leaves have numbers");
      continue;
    }
    require(trees.feature[node] >= 0 && static_cast<size_t>(trees.feature[node]) < model.columns, "splits on columns");
    require(!std::isnan(trees.threshold[node]), "thresholds are numbers");
    for (uint32_t child : {trees.left[node], trees.right[node]}) {
      require(child > node && child < nodes && !has_parent[child], "a child stands behind its one parent");
      has_parent[child] = true;
      ++children;
    }
  }
  require(children + trees.roots.size() == nodes, "every node is a root or a child");
}

/// What XGBoost's words carry over comes back as it was.
inline void require_that_it_survives_writing(const TreeModel& model) {
  std::string written;
  try {
    written = write_xgboost_json(model);
  } catch (const Error& refused) {
    require(refused.code() == ErrorCode::kUnsupported, "what cannot be written is unsupported");
    return;
  }
  const TreeModel again = read_xgboost_json(written);
  require(again.trees.feature.size() >= model.trees.feature.size(), "a written model has all nodes");
}

inline int fuzz(TreeModel (*read)(std::string_view), const uint8_t* data, size_t size) {
  try {
    const TreeModel model = read({reinterpret_cast<const char*>(data), size});
    require_that_trees_hold_together(model);
    const TreeSummary summary = summarize(model);
    require(summary.nodes < 20 * size, "a model has no more nodes than its file has bytes");
    require_that_it_survives_writing(model);
    const std::vector<float> row(model.columns < 1000 ? model.columns : 0, 0.5f);
    if (!row.empty()) with_covers_from(model, {row.data(), 1, row.size(), {}});
  } catch (const Error& refused) {
    require(refused.code() == ErrorCode::kBadData || refused.code() == ErrorCode::kUnsupported,
            "a refusal says bad data or unsupported");
  }
  return 0;
}

}  // namespace veleta
