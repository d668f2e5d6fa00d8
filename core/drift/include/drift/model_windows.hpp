#pragma once

#include <cstdint>

#include "data/profile.hpp"
#include "veleta/drift.hpp"

namespace veleta {

/// Two windows as the production model sees them, for detectors that look at rows, predictions or attributions. What is
/// costly is made when it is first asked for; what is returned lives as long as this. Each function throws
/// Error(kUnsupported), whose text says why, where something is not known.
class ModelWindows {
 public:
  struct Rows {
    RowSample reference, current;
  };
  struct Scores {
    const Profile& reference;
    const Profile& current;
  };

  virtual ~ModelWindows() = default;
  /// The rows with what `needs` (VELETA_NEEDS_…) asks for, and row counts in any case.
  virtual Rows rows(uint32_t needs) = 0;
  /// The column "prediction".
  virtual Scores predictions() = 0;
  /// A column for each input column of the model.
  virtual Scores attributions() = 0;
};

}  // namespace veleta
