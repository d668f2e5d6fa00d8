#pragma once

#include <string>
#include <vector>

#include "data/reader.hpp"

namespace veleta {

/// What a reader left out of a file's rows or took as missing, a sentence each.
std::vector<std::string> read_remarks(const std::string& path, const ReadReport& report, const Schema& schema);

}  // namespace veleta
