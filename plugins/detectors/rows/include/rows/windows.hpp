#pragma once

#include <fmt/format.h>
#include <string>

#include "veleta/drift.hpp"
#include "veleta/error.hpp"

// What detectors of rows ask of the windows before they begin.

namespace veleta::rows {

/// Throws kUnsupported unless either window has so many rows.
inline void require_rows(size_t reference, size_t current, size_t least, const std::string& of_what) {
  for (const auto& [window, rows] : {std::pair{"reference", reference}, std::pair{"current", current}})
    if (rows < least)
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("the {} window has {} {}; {} are needed", window, rows, of_what, least));
}

/// Throws kUnsupported unless both windows have the features of the same encoding, and enough rows of them.
inline void require_features(const RowSample& reference, const RowSample& current, size_t least_rows) {
  require_rows(reference.features.rows, current.features.rows, least_rows, "rows of features");
  if (reference.features.columns != current.features.columns || reference.features.columns == 0)
    throw Error(ErrorCode::kUnsupported, fmt::format("the windows' rows have {} and {} features; they must be the same",
                                                     reference.features.columns, current.features.columns));
}

}  // namespace veleta::rows
