#pragma once

#include "data/reader.hpp"

namespace veleta {

/// The line of a CSV, from 1, on which its row `row`, from 0, begins; 0 where it has no such row.
size_t csv_line_of_row(ByteReader& bytes, const ReadOptions& options, size_t row);

}  // namespace veleta
