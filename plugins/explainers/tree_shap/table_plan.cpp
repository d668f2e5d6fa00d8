#include "table_plan.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "pattern_values.hpp"

namespace tree_shap {
namespace {

/// Two groups become one where its table is at most so many times as large as both of theirs: a look-up more costs as
/// much as some memory.
constexpr double kGrowth = 1.5;

constexpr size_t kMaximumBits = PatternValues::kMaximumFeatures;

double numbers(const LeafGroup& group) {
  return std::ldexp(static_cast<double>(group.features.size()), static_cast<int>(group.bits.size()));
}

LeafGroup group_of(Path path) {
  LeafGroup group;
  for (const PathFeature& feature : path.features) {
    group.features.push_back(feature.feature);
    for (const auto [bit, left] : feature.conditions) group.bits.push_back(bit);
  }
  std::ranges::sort(group.features);
  std::ranges::sort(group.bits);
  group.paths.push_back(std::move(path));
  return group;
}

LeafGroup both(const LeafGroup& left, const LeafGroup& right) {
  LeafGroup group;
  std::ranges::set_union(left.bits, right.bits, std::back_inserter(group.bits));
  std::ranges::set_union(left.features, right.features, std::back_inserter(group.features));
  group.paths = left.paths;
  group.paths.insert(group.paths.end(), right.paths.begin(), right.paths.end());
  return group;
}

/// Groups the leaves of one tree, from the deepest up.
class Grouping {
 public:
  Grouping(const Tree& tree, std::vector<uint32_t> bits)
      : tree_(tree), bits_(std::move(bits)), parents_(parents_of(tree)) {}

  /// False where a path is too long, or the tables need more than `budget` numbers.
  bool run(double budget, std::vector<LeafGroup>& groups) {
    std::vector<std::optional<LeafGroup>> open(tree_.nodes.size());
    double sum = 0;
    const auto close = [&](std::optional<LeafGroup>& group) {
      if (!group) return;
      sum += numbers(*group);
      groups.push_back(std::move(*group));
    };
    for (size_t n = tree_.nodes.size(); n-- > 0 && sum <= budget;) {
      const Node& node = tree_.nodes[n];
      if (node.is_leaf()) {
        open[n] = group_of(path_to(tree_, static_cast<uint32_t>(n), parents_, bits_));
        if (open[n]->bits.size() > kMaximumBits) return false;
        continue;
      }
      auto &left = open[node.left], &right = open[node.left + 1];
      if (left && right) {
        LeafGroup joined = both(*left, *right);
        if (joined.bits.size() <= kMaximumBits && numbers(joined) <= kGrowth * (numbers(*left) + numbers(*right))) {
          open[n] = std::move(joined);
          left.reset(), right.reset();
          continue;
        }
      }
      close(left);
      close(right);
    }
    close(open[0]);
    return sum <= budget;
  }

 private:
  const Tree& tree_;
  std::vector<uint32_t> bits_, parents_;
};

}  // namespace

std::optional<TablePlan> plan_tables(const Forest& forest, const Decisions& decisions, size_t budget_bytes) {
  TablePlan plan;
  const size_t budget = budget_bytes / sizeof(double);
  for (const Tree& tree : forest.trees) {
    auto& groups = plan.trees.emplace_back();
    if (!Grouping(tree, decisions.bits(tree)).run(static_cast<double>(budget - plan.attribution_numbers), groups))
      return {};
    std::erase_if(groups, [](const LeafGroup& group) { return group.features.empty(); });
    for (const LeafGroup& group : groups) {
      const size_t features = group.features.size();
      plan.attribution_numbers += group.rows() * features;
      plan.interaction_numbers += group.rows() * (features * (features + 1) / 2);
    }
  }
  return plan;
}

}  // namespace tree_shap
