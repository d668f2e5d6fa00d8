#include "path_pairs.hpp"

#include <algorithm>

namespace tree_shap {
namespace {

uint32_t column_of(const PathProgram::Split& split) { return split.feature & PathProgram::kFeature; }

struct Condition {
  uint32_t column, slot;
};
using Conditions = std::vector<Condition>;  ///< the last one on each column

Conditions with(Conditions above, Condition last) {
  const auto same = std::ranges::find(above, last.column, &Condition::column);
  if (same == above.end())
    above.push_back(last);
  else
    *same = last;
  return above;
}

}  // namespace

ColumnPairs::ColumnPairs(const std::vector<PathProgram>& trees, size_t columns) : rank_(columns, 0) {
  for (const PathProgram& tree : trees)
    for (const PathProgram::Split& split : tree.splits) rank_[column_of(split)] = 1;
  for (uint32_t column = 0; column < columns; ++column) {
    if (rank_[column] == 0) continue;
    rank_[column] = static_cast<uint32_t>(columns_.size());
    columns_.push_back(column);
  }
}

PathPairs::PathPairs(const PathProgram& tree, const ColumnPairs& columns) {
  std::vector<Conditions> above(tree.splits.size());
  for (uint32_t n = 0; n < tree.splits.size(); ++n) {
    const PathProgram::Split& split = tree.splits[n];
    const uint32_t column = column_of(split);
    begin.push_back(static_cast<uint32_t>(pairs.size()));
    itself.push_back(columns.place(column, column));
    for (const Condition& condition : above[n])
      if (condition.column != column) pairs.push_back({condition.slot, columns.place(column, condition.column)});
    if (n < tree.twins_begin)
      for (const uint32_t child : {split.children.left, split.children.right})
        if (child < tree.splits.size()) above[child] = with(above[n], {column, child});
    Conditions().swap(above[n]);
  }
  begin.push_back(static_cast<uint32_t>(pairs.size()));
}

}  // namespace tree_shap
