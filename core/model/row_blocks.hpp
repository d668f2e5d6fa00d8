#pragma once

#include <functional>

#include "model/bundle.hpp"

namespace veleta {

/// Cuts `rows` into blocks of `block_rows`, the last one shorter, and works on each once, on up to options.threads
/// threads, the calling one among them. The blocks do not depend on the threads. Throws what the first block to fail
/// threw; then some blocks have not been worked on.
void for_each_block(const MatrixView& rows, size_t block_rows, const ExplainOptions& options,
                    const std::function<void(const MatrixView& block, size_t first_row)>& work);

}  // namespace veleta
