#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/profile.hpp"
#include "data/schema.hpp"
#include "data/table.hpp"

namespace veleta {

/// One window as a file has it.
struct DriftWindow {
  std::string path;
  std::optional<Table> rows;  ///< none where the file is a profile
  Profile profile;
  std::vector<std::string> remarks;  ///< what was read as missing, or not at all
};

struct DriftWindows {
  DriftWindow reference, current;
};

/// Called with how much of a window is read, 0 to 1, or -1 where its end is unknown. What it throws ends the work.
using ReadProgress = std::function<void(const std::string& path, double fraction)>;

/// Reads two windows, each as what its first bytes show: a profile, rows as JSON, else CSV with a header line; gzip of
/// any. `rows_pointer` says where JSON has its rows. The rules go before what is inferred, and the types of the
/// reference (of the window that is a profile, where just one is) before what the other's cells look like. Throws
/// kNotFound, and kBadData with the file's path.
DriftWindows read_windows(const std::string& reference, const std::string& current, const ColumnRules& rules,
                          const std::string& rows_pointer, const ReadProgress& progress);

}  // namespace veleta
