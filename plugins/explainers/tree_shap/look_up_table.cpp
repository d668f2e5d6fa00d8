#include <algorithm>

#include "pattern_tables.hpp"
#include "pattern_values.hpp"

namespace tree_shap {
namespace {

/// Place of features i <= j among the pairs of `features`.
size_t pair(size_t i, size_t j, size_t features) { return i * features - i * (i + 1) / 2 + j; }

/// The conditions of one feature among those of a group: all must have come out so.
struct Met {
  uint32_t bits = 0, wanted = 0;
};

/// The conditions of each of the path's features, with bits numbered as the group numbers them.
std::vector<Met> met_in(const LeafGroup& group, const Path& path) {
  std::vector<Met> met;
  for (const PathFeature& feature : path.features) {
    Met& one = met.emplace_back();
    for (const auto [bit, left] : feature.conditions) {
      const auto place = std::ranges::lower_bound(group.bits, bit) - group.bits.begin();
      one.bits |= 1u << place;
      one.wanted |= static_cast<uint32_t>(left) << place;
    }
  }
  return met;
}

uint32_t pattern(const std::vector<Met>& met, uint32_t outcome) {
  uint32_t pattern = 0;
  for (size_t j = 0; j < met.size(); ++j)
    pattern |= static_cast<uint32_t>((outcome & met[j].bits) == met[j].wanted) << j;
  return pattern;
}

/// Of each number of a path, its place among those of the group.
std::vector<size_t> places_in(const LeafGroup& group, const Path& path, LookUpTable::Of of) {
  std::vector<size_t> features, places;
  for (const PathFeature& feature : path.features)
    features.push_back(
        static_cast<size_t>(std::ranges::lower_bound(group.features, feature.feature) - group.features.begin()));
  if (of == LookUpTable::Of::kFeatures) return features;
  for (size_t i = 0; i < features.size(); ++i)
    for (size_t j = i; j < features.size(); ++j)
      places.push_back(
          pair(std::min(features[i], features[j]), std::max(features[i], features[j]), group.features.size()));
  return places;
}

/// So many look-ups have their numbers asked for before the first is added.
constexpr size_t kTogether = 64;

}  // namespace

/// Some groups with as many cells, and the bits of their conditions.
struct LookUpTable::LookUps {
  std::span<const Group> groups;
  const uint32_t* extracted;  ///< from the first one's piece on
};

LookUpTable::LookUpTable(const Forest& forest, const Decisions& decisions, const TablePlan& plan,
                         const PatternWeights& weights, Of of)
    : of_(of), columns_(forest.columns) {
  numbers_.reserve(of == Of::kFeatures ? plan.attribution_numbers : plan.interaction_numbers);
  std::vector<std::pair<const LeafGroup*, size_t>> groups;
  for (size_t tree = 0; tree < plan.trees.size(); ++tree)
    for (const LeafGroup& group : plan.trees[tree]) groups.emplace_back(&group, tree);
  std::ranges::stable_sort(groups, {}, [](const auto& placed) { return placed.first->features.size(); });
  for (const auto& [group, tree] : groups)
    append(*group, tree, decisions.first_word(tree), forest.trees[tree].output, weights);
  for (size_t g = 0; g < groups_.size(); ++g)
    if (batches_.empty() || g == batches_.back() + kTogether || groups_[g].cell_count != groups_[g - 1].cell_count)
      batches_.push_back(g);
  batches_.push_back(groups_.size());
}

void LookUpTable::append(const LeafGroup& group, size_t tree, uint32_t first_word, uint32_t output,
                         const PatternWeights& weights) {
  Group& made = groups_.emplace_back();
  made.numbers = numbers_.size();
  made.cells = static_cast<uint32_t>(cells_.size());
  made.piece = static_cast<uint32_t>(masks_.size());
  append_pieces(group.bits, first_word);
  append_cells(group, output);
  made.cell_count = static_cast<uint32_t>(cells_.size()) - made.cells;
  made.piece_count = static_cast<uint32_t>(masks_.size()) - made.piece;
  numbers_.resize(numbers_.size() + group.rows() * made.cell_count, 0.0);
  fill(group, tree, weights, &numbers_[made.numbers]);
}

void LookUpTable::append_pieces(const std::vector<uint32_t>& bits, uint32_t first_word) {
  for (size_t i = 0; i < bits.size(); ++i) {
    if (i == 0 || bits[i] / 64 != bits[i - 1] / 64) {
      masks_.push_back(0);
      word_of_.push_back(first_word + bits[i] / 64);
      shift_.push_back(static_cast<uint8_t>(i));
    }
    masks_.back() |= uint64_t{1} << bits[i] % 64;
  }
}

void LookUpTable::append_cells(const LeafGroup& group, uint32_t output) {
  const size_t columns = columns_;
  for (size_t i = 0; i < group.features.size(); ++i) {
    const auto row = output * columns + static_cast<size_t>(group.features[i]);
    if (of_ == Of::kFeatures) {
      cells_.push_back(static_cast<uint32_t>(row));
      continue;
    }
    for (size_t j = i; j < group.features.size(); ++j)
      cells_.push_back(static_cast<uint32_t>(row * columns + static_cast<size_t>(group.features[j])));
  }
}

void LookUpTable::fill(const LeafGroup& group, size_t tree, const PatternWeights& weights, double* numbers) const {
  const size_t stride = groups_.back().cell_count;
  std::vector<double> of_patterns, values;
  for (const Path& path : group.paths) {
    PatternValues made(path.features.size());
    const size_t count = of_ == Of::kFeatures ? made.features() : made.pairs();
    of_patterns.resize(made.patterns());
    values.resize(made.patterns() * count);
    weights(tree, path, of_patterns);
    of_ == Of::kFeatures ? made.attributions(of_patterns, values) : made.interactions(of_patterns, values);
    const std::vector<Met> met = met_in(group, path);
    const std::vector<size_t> places = places_in(group, path, of_);
    for (uint32_t outcome = 0; outcome < group.rows(); ++outcome) {
      const double* from = &values[pattern(met, outcome) * count];
      double* to = numbers + outcome * stride;
      for (size_t i = 0; i < count; ++i) to[places[i]] += path.value * from[i];
    }
  }
}

LookUpTable::LookUps LookUpTable::look_up(size_t begin, size_t end, const Rows& rows,
                                          std::vector<uint32_t>& extracted) const {
  const size_t first = groups_[begin].piece, pieces = groups_[end - 1].piece + groups_[end - 1].piece_count - first;
  extracted.resize(pieces * rows.count);
  extract_bits(rows.words, rows.count, std::span(word_of_).subspan(first, pieces),
               std::span(masks_).subspan(first, pieces), extracted.data());
  // The lowest piece becomes the number of the table's row.
  for (size_t g = begin; g < end; ++g) {
    uint32_t* outcomes = &extracted[(groups_[g].piece - first) * rows.count];
    for (uint32_t piece = 1; piece < groups_[g].piece_count; ++piece)
      for (size_t row = 0; row < rows.count; ++row)
        outcomes[row] |= outcomes[piece * rows.count + row] << shift_[groups_[g].piece + piece];
    if (rows.count == 1)  // a row alone has nothing in the cache
      __builtin_prefetch(&numbers_[groups_[g].numbers + size_t{*outcomes} * groups_[g].cell_count]);
  }
  return {std::span(groups_).subspan(begin, end - begin), extracted.data()};
}

/// kCells: how many each group has, where the compiler is to know; or 0. Row by row of one group: its table stays in
/// the nearest cache, and sums of different rows need not wait.
template <size_t kCells>
void LookUpTable::add_some(const LookUps& some, const Rows& rows) const {
  const size_t cell_count = kCells > 0 ? kCells : some.groups.front().cell_count;
  for (const Group& group : some.groups) {
    const uint32_t* cells = &cells_[group.cells];
    const uint32_t* outcomes = some.extracted + (group.piece - some.groups.front().piece) * rows.count;
    for (size_t row = 0; row < rows.count; ++row) {
      const double* numbers = &numbers_[group.numbers + outcomes[row] * cell_count];
      double* values = rows.values + row * rows.numbers_a_row;
      for (size_t i = 0; i < cell_count; ++i) values[cells[i]] += numbers[i];
    }
  }
}

void LookUpTable::add(const Rows& rows) const {
  std::vector<uint32_t> extracted;
  for (size_t batch = 0; batch + 1 < batches_.size(); ++batch) {
    const LookUps some = look_up(batches_[batch], batches_[batch + 1], rows, extracted);
    switch (some.groups.front().cell_count) {
      case 1: add_some<1>(some, rows); break;
      case 2: add_some<2>(some, rows); break;
      case 3: add_some<3>(some, rows); break;
      case 4: add_some<4>(some, rows); break;
      case 5: add_some<5>(some, rows); break;
      case 6: add_some<6>(some, rows); break;
      case 7: add_some<7>(some, rows); break;
      case 8: add_some<8>(some, rows); break;
      default: add_some<0>(some, rows);
    }
  }
}

size_t LookUpTable::bytes() const {
  return numbers_.size() * sizeof(double) + groups_.size() * sizeof(Group) + cells_.size() * sizeof(uint32_t) +
         masks_.size() * (sizeof(uint64_t) + sizeof(uint32_t) + 1);
}

}  // namespace tree_shap
