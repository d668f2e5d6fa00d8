#pragma once

namespace veleta {

/// What the system says of this process; 0 where it says nothing.
struct ProcessFigures {
  double cpu_s = 0;  ///< user and system
  double resident_bytes = 0;
  double start_time_s = 0;  ///< since 1970-01-01 UTC
  double open_files = 0;
};

ProcessFigures process_figures();

}  // namespace veleta
