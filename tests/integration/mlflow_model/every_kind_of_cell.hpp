#pragma once

#include <cstdint>

#include "base/json.hpp"
#include "data/schema.hpp"

namespace veleta::testing {

/// Rows with a column for each way that a column becomes features, the targets `price` and `dear`, and each spelling
/// that a cell can have in JSON.
json::array rows_of_every_kind(size_t count, uint32_t seed);

/// The same without the targets, for requests: among the cells many that training never saw, missing ones written in
/// every way, and columns that are absent.
json::array odd_requests(size_t count, uint32_t seed);

ColumnRules rules_of_every_kind();

}  // namespace veleta::testing
