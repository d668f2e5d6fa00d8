#pragma once

#include <string>
#include <string_view>

#include "data/table.hpp"

namespace veleta {

/// A table's exact content: for each column one line of JSON (name, type, rows, labels), an empty line, then the
/// columns' values one after the other: little-endian float64 for numbers and times (missing: NaN), int32 for the codes
/// of categories (missing: -1).
std::string to_bytes(const Table& table);
/// Throws kBadData, naming `what`.
Table table_from_bytes(std::string_view bytes, const std::string& what);

}  // namespace veleta
