#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/table.hpp"

namespace veleta {

/// What one column looked like in a window.
struct ColumnProfile {
  std::string name;
  ColumnType type = ColumnType::kNumber;
  double row_count = 0;      ///< rows with a present value
  double missing_count = 0;  ///< rows without one

  // Numbers and times.
  std::vector<double> sorted;  ///< ascending: all present values, or an even quantile grid of kGridSize of them
  double mean = 0;
  double standard_deviation = 0;  ///< n - 1 in the divisor

  // Categories, most frequent first, ties in the order of the labels.
  std::vector<std::string> labels;
  std::vector<double> counts;
};

/// A window of data, frozen: what drift is measured against. Made once when a model is trained, and kept with it.
struct Profile {
  /// Windows up to so many present values keep them all; larger ones keep so many even quantiles, which moves the
  /// distribution function by at most 1 / (2 * kGridSize).
  static constexpr size_t kGridSize = 65536;

  std::vector<ColumnProfile> columns;
  double row_count = 0;

  const ColumnProfile* find(std::string_view name) const;
};

/// Profiles every column of the table. Deterministic; sorts each numeric column once.
Profile make_profile(const Table& table);

/// A compact binary form, which begins with "VLPROF1\n" and carries its own digest. Same window, same bytes.
std::string serialize(const Profile& profile);
/// Throws kBadData where the bytes are none, cut short or altered.
Profile parse_profile(std::string_view bytes);

}  // namespace veleta
