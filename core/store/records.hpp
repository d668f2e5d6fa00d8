#pragma once

#include <string_view>

#include "store/store.hpp"

namespace veleta {

/// The states that to_string names. Throw kBadData for other texts.
RunState parse_run_state(std::string_view text);
BatchState parse_batch_state(std::string_view text);

}  // namespace veleta
