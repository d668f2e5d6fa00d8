#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/exact_sum.hpp"
#include "data/number_cells.hpp"
#include "data/reader.hpp"
#include "data/table.hpp"

namespace veleta {

/// What one column looked like in a window.
struct ColumnProfile {
  std::string name;
  ColumnType type = ColumnType::kNumber;
  double row_count = 0;         ///< rows with a present value
  double missing_count = 0;     ///< rows without one
  double wrong_type_count = 0;  ///< rows, among the missing, with a cell that is not of the type, or an infinity

  // Numbers and times.
  NumberCells cells;
  double minimum = std::numeric_limits<double>::quiet_NaN();  ///< exact; NaN without a present value
  double maximum = std::numeric_limits<double>::quiet_NaN();
  double mean = 0;
  double standard_deviation = 0;  ///< n - 1 in the divisor
  ExactMoments moments;           ///< what mean and standard_deviation are made of; empty where has_moments() is false

  // Categories, most frequent first, ties in the order of the labels.
  std::vector<std::string> labels;
  std::vector<double> counts;

  /// Not of numbers that a VLPROF1 kept as quantiles: such a profile cannot be merged.
  bool has_moments() const { return cells.precision_bits != NumberCells::kQuantiles; }
};

/// A window of data, frozen: what drift is measured against. Made once when a model is trained, and kept with it. It
/// depends on the window's rows and the sizes of its parts alone; profiles of parts merge to that of the whole.
struct Profile {
  std::vector<ColumnProfile> columns;
  double row_count = 0;
  std::vector<double> part_rows = {};  ///< of each part that the window is made of, ascending; empty where nobody knows

  const ColumnProfile* find(std::string_view name) const;
};

/// Profiles a window that comes in blocks of rows. Memory: at most 1.7 MiB a numeric column and the labels of the
/// categories, whatever the number of rows. Columns are worked on by as many threads as there are cores, or `threads`.
class ProfileBuilder {
 public:
  explicit ProfileBuilder(unsigned threads = 0);
  ~ProfileBuilder();

  /// Adds rows to the current part. The columns must be those of the first block by name and type; throws
  /// kInvalidArgument otherwise. `retyped`: cells that the reader read as missing because of their type.
  void add(const Table& rows, const std::vector<ColumnIssues>& retyped = {});
  /// Begins another part of the window, such as the next batch or file. Rows added before are one.
  void end_part();
  /// Ends the window; nothing can be added any more.
  Profile finish() &&;

 private:
  struct ColumnState;
  std::vector<std::unique_ptr<ColumnState>> columns_;
  std::vector<double> part_rows_;
  double row_count_ = 0, ended_rows_ = 0;
  unsigned threads_;
};

/// Profiles every column of the table, which is one part. As ProfileBuilder.
Profile make_profile(const Table& table, const std::vector<ColumnIssues>& retyped = {}, unsigned threads = 0);

/// The profile of both windows' rows together: the same, to the byte, as of a profile of all these rows. Columns stand
/// in the order of `a`. Throws kInvalidArgument where the columns are not the same by name and type, kUnsupported where
/// numbers are known by quantiles alone (VLPROF1).
Profile merge(const Profile& a, const Profile& b);

/// A compact binary form, which begins with "VLPROF2\n" and carries its own digest. Same window, same bytes. Its layout
/// stands in docs/profile_format.md.
std::string serialize(const Profile& profile);
/// Also reads VLPROF1, as Veleta 0.x wrote it. Throws kBadData where the bytes are no profile, cut short, altered, or
/// tell of a window that cannot be.
Profile parse_profile(std::string_view bytes);

}  // namespace veleta
