#pragma once

#include <string>

#include "base/json.hpp"

namespace veleta {

/// The text or number at an RFC 6901 pointer of a payload's envelope, whole numbers digit by digit. Throws kBadData
/// where there is neither.
std::string batch_identity(const json::value& envelope, const std::string& pointer);

}  // namespace veleta
