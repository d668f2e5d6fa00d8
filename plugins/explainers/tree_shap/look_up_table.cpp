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

template <size_t kCount>
void add_all(double* values, const uint32_t* cells, const double* numbers) {
  for (size_t i = 0; i < kCount; ++i) values[cells[i]] += numbers[i];
}

/// Without a loop for the few that most look-ups bring: its end could not be foreseen.
void add_numbers(double* values, const uint32_t* cells, const double* numbers, uint32_t count) {
  switch (count) {
    case 4: return add_all<4>(values, cells, numbers);
    case 5: return add_all<5>(values, cells, numbers);
    case 6: return add_all<6>(values, cells, numbers);
    case 7: return add_all<7>(values, cells, numbers);
    case 8: return add_all<8>(values, cells, numbers);
    default:
      for (uint32_t i = 0; i < count; ++i) values[cells[i]] += numbers[i];
  }
}

}  // namespace

LookUpTable::LookUpTable(const Forest& forest, const Decisions& decisions, const TablePlan& plan,
                         const PatternWeights& weights, Of of)
    : of_(of), columns_(forest.columns), first_group_{0} {
  numbers_.reserve(of == Of::kFeatures ? plan.attribution_numbers : plan.interaction_numbers);
  for (size_t tree = 0; tree < plan.trees.size(); ++tree) {
    const size_t first_piece = masks_.size();
    for (const LeafGroup& group : plan.trees[tree]) {
      groups_.push_back(
          {numbers_.size(), static_cast<uint32_t>(cells_.size()), 0, static_cast<uint32_t>(masks_.size()), 0});
      append_pieces(group.bits, decisions.first_word(tree));
      append_cells(group, forest.trees[tree].output);
      groups_.back().cell_count = static_cast<uint32_t>(cells_.size()) - groups_.back().cells;
      groups_.back().piece_count = static_cast<uint32_t>(masks_.size()) - groups_.back().piece;
      numbers_.resize(numbers_.size() + group.rows() * groups_.back().cell_count, 0.0);
      fill(group, tree, weights, &numbers_[groups_.back().numbers]);
    }
    first_group_.push_back(static_cast<uint32_t>(groups_.size()));
    most_pieces_ = std::max(most_pieces_, masks_.size() - first_piece);
  }
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

const double* LookUpTable::find(const Group& group, const uint32_t* extracted) const {
  size_t outcome = extracted[group.piece];
  for (uint32_t piece = group.piece + 1; piece < group.piece + group.piece_count; ++piece)
    outcome |= size_t{extracted[piece]} << shift_[piece];
  return &numbers_[group.numbers + outcome * group.cell_count];
}

void LookUpTable::add(size_t tree, const Rows& rows, uint32_t* extracted) const {
  const uint32_t begin = first_group_[tree], end = first_group_[tree + 1];
  if (begin == end) return;
  const uint32_t first_piece = groups_[begin].piece;
  const size_t pieces = groups_[end - 1].piece + groups_[end - 1].piece_count - first_piece;
  for (size_t row = 0; row < rows.count; ++row)
    extract_bits(rows.words + row * rows.words_a_row, std::span(word_of_).subspan(first_piece, pieces),
                 std::span(masks_).subspan(first_piece, pieces), extracted + row * pieces);
  extracted -= first_piece;
  if (rows.count == 1)  // all look-ups at once: a row alone has nothing in the cache
    for (uint32_t g = begin; g < end; ++g) {
      const double* numbers = find(groups_[g], extracted);
      __builtin_prefetch(numbers);
      __builtin_prefetch(numbers + groups_[g].cell_count - 1);
    }
  // Row by row of one group: its table stays in the nearest cache, and sums of different rows need not wait.
  for (uint32_t g = begin; g < end; ++g) {
    const uint32_t* cells = &cells_[groups_[g].cells];
    const uint32_t count = groups_[g].cell_count;
    for (size_t row = 0; row < rows.count; ++row) {
      const double* numbers = find(groups_[g], extracted + row * pieces);
      double* values = rows.values + row * rows.numbers_a_row;
      add_numbers(values, cells, numbers, count);
    }
  }
}

size_t LookUpTable::bytes() const {
  return numbers_.size() * sizeof(double) + groups_.size() * sizeof(Group) + cells_.size() * sizeof(uint32_t) +
         masks_.size() * (sizeof(uint64_t) + sizeof(uint32_t) + 1);
}

}  // namespace tree_shap
