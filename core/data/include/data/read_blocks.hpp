#pragma once

#include <functional>

#include "data/reader.hpp"

namespace veleta {

/// Gets rows, in the order read. Rows in the report's issues count from the beginning of the text.
using TakeRows = std::function<void(ReadResult&&)>;

/// As read_csv and read_json_rows, for texts larger than memory: hands the rows over in blocks of about `block_cells`
/// cells. Where the options give no schema, the first block's is inferred, and the rest is held to it. At least one
/// block comes, be it of no rows. Memory: one block.
void read_csv_blocks(ByteReader& bytes, const ReadOptions& options, size_t block_cells, const TakeRows& take);
void read_json_row_blocks(ByteReader& bytes, const ReadOptions& options, size_t block_cells, const TakeRows& take);

}  // namespace veleta
