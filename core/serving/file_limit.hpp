#pragma once

#include <cstddef>

namespace veleta {

/// Lets this process open as many files as the system allows it, connections among them. Returns how many that are; 0
/// where the system does not say.
size_t raise_file_limit();

}  // namespace veleta
