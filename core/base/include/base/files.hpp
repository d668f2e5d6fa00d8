#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "veleta/error.hpp"

namespace veleta {

/// The whole content of a file. Throws kNotFound; kInternal with the system's reason; kBadData where there is more than
/// `max_bytes`, of which no more is read.
std::string read_file(const std::filesystem::path& path, size_t max_bytes = std::string::npos);

/// Replaces a file in one step: a reader, or a crash at any moment, meets the old content or the new, never a part.
/// Creates missing folders. Throws kInternal with the system's reason.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Makes a finished file's bytes and its name survive a power cut.
void sync_file(const std::filesystem::path& path);

}  // namespace veleta
