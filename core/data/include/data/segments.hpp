#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/profile.hpp"

namespace veleta {

/// The rows of a window that have one value in one column.
struct Segment {
  std::string column;
  std::string label;  ///< Column::text of the value
  Profile profile;    ///< of these rows

  /// "state is Utah".
  std::string name() const { return column + " is " + label; }
};

/// Which segments a window is cut into.
struct SegmentRules {
  std::vector<std::string> by;  ///< columns; a segment for each value of each of them
  double min_rows = 200;        ///< smaller segments are left out
  size_t most = 50;             ///< the largest so many are kept, of equal ones those first by column and label
};

/// Profiles the segments of the table, largest first. Throws kInvalidArgument where it lacks a column of `by`.
std::vector<Segment> make_segments(const Table& table, const SegmentRules& rules);

/// The same segments of another window, in the same order, be they ever so small or empty.
std::vector<Segment> same_segments(const Table& table, const std::vector<Segment>& segments);

/// One file, which begins with "VLSEGM1\n". Same segments, same bytes.
std::string serialize(const std::vector<Segment>& segments);
/// Throws kBadData where the bytes are none, cut short or altered.
std::vector<Segment> parse_segments(std::string_view bytes);

}  // namespace veleta
