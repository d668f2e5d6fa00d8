#pragma once

#include <string>

#include "data/reader.hpp"

namespace veleta::bench {

/// The JSON answer of the data API's stand-in for a batch of the mission's six (0 to 5; 5 has 361,457 rows of 12
/// columns). The same at every call.
std::string batch_json(unsigned batch);

/// How the mission's pipeline reads it (configs/realty.toml).
ReadOptions realty_options();

/// The batch as the pipeline's table.
Table batch_table(unsigned batch);

}  // namespace veleta::bench
