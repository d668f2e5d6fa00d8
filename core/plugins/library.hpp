#pragma once

#include <filesystem>

#include "veleta/abi.h"

namespace veleta {

/// Maps a plugin library and asks it for its table, once in this process: nothing is ever unmapped, so that code and
/// data that something may still point to stay valid. Thread-safe. Throws kPlugin, telling what is wrong with the file.
const veleta_library& map_library(const std::filesystem::path& file);

/// The table that an entry function gives. Throws kPlugin if it is none that this host can read.
const veleta_library& checked_library(veleta_library_entry_function entry);

}  // namespace veleta
