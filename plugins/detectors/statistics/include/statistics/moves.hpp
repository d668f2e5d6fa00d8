#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "statistics/bins.hpp"
#include "statistics/wording.hpp"

// What moved most, for people.

namespace veleta::statistics {

/// "sold 0 % → 100 %, for_sale 100 % → 0 %": the three categories whose shares moved most; none where none moved.
inline std::string greatest_moves(const CategoricalSample& reference, const CategoricalSample& current) {
  struct Move {
    double distance = 0;
    size_t label = 0;
    bool comes_before(const Move& other) const {
      return distance != other.distance ? distance > other.distance : label < other.label;
    }
  };
  std::array<Move, 3> greatest{};
  for (size_t label = 0; label < reference.labels.size(); ++label) {
    Move move{std::abs(current.counts[label] / current.row_count - reference.counts[label] / reference.row_count),
              label};
    for (Move& other : greatest)
      if (move.comes_before(other)) std::swap(move, other);
  }
  std::string text;
  for (const Move& move : greatest)
    if (move.distance > 0)
      text += fmt::format("{}{} {} → {}", text.empty() ? "" : ", ", reference.labels[move.label],
                          percent(reference.counts[move.label] / reference.row_count),
                          percent(current.counts[move.label] / current.row_count));
  return text;
}

/// "; 12 to 30.5: 10 % → 30 %": the bin whose share moved most; none where none moved.
inline std::string greatest_move(const Bins& bins) {
  const double n = total(bins.groups.reference), m = total(bins.groups.current);
  double distance = 0;
  std::string text;
  for (size_t i = 0; i < bins.first.size(); ++i) {
    const double before = bins.groups.reference[i] / n, after = bins.groups.current[i] / m;
    if (std::abs(after - before) <= distance) continue;
    distance = std::abs(after - before);
    text = fmt::format("; {}: {} → {}", place(bins, i), percent(before), percent(after));
  }
  return text;
}

}  // namespace veleta::statistics
