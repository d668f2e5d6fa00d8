#pragma once

#include <string>

namespace veleta {

/// A new unique id: 26 characters of [0-9a-z] that sort by the time they were made (the ULID layout). Thread-safe.
std::string new_id();

}  // namespace veleta
