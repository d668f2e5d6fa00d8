#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace veleta {

/// The text of a pipeline's file with other values in its [parameters] table: what a run that was given them is run and
/// recorded by. A value takes the type that the file's has. Throws kInvalidArgument where the table lacks a name, or a
/// value is not of the type. A text that is no TOML comes back as it is.
std::string with_parameters(const std::filesystem::path& file, const std::string& text,
                            const std::map<std::string, std::string>& values);

}  // namespace veleta
