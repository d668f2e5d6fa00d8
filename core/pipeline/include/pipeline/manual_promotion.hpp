#pragma once

#include <optional>
#include <string>

#include "registry/registry.hpp"
#include "store/store.hpp"

namespace veleta {

/// A move of production that a person asked for.
struct ManualPromotion {
  int version = 0;
  std::optional<int> before;  ///< what was production
  bool moved = false;         ///< false: it was production already
};

/// Points production at a version, whatever the gates say, and writes down why in the version's tags and the store's
/// events ("promoted", with `manual`). Throws kNotFound for a version that there is not, PipelineBusy while the
/// pipeline runs, kConflict where production moved meanwhile.
ManualPromotion promote_by_hand(const std::string& pipeline, int version, const std::string& reason,
                                const std::string& run_id, Store& store, Registry& registry);

/// Points production back at the version that was promoted last before the one it is. Throws kNotFound where there is
/// none.
ManualPromotion roll_back(const std::string& pipeline, const std::string& reason, const std::string& run_id,
                          Store& store, Registry& registry);

}  // namespace veleta
