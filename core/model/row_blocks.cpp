#include "row_blocks.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

namespace veleta {

namespace {

/// What the threads share.
class Blocks {
 public:
  Blocks(const MatrixView& rows, size_t block_rows, const std::function<void(const MatrixView&, size_t)>& work)
      : rows_(rows), block_rows_(block_rows), work_(work) {}

  size_t count() const { return (rows_.rows + block_rows_ - 1) / block_rows_; }

  /// Works on blocks until none is left; after each tells how many rows are done, by whichever thread.
  void run(const std::function<void(size_t)>& progress) {
    try {
      for (size_t block = next_++; block < count() && !has_failed_; block = next_++) {
        const size_t first = block * block_rows_, size = std::min(block_rows_, rows_.rows - first);
        work_({rows_.row(first), size, rows_.columns, rows_.names}, first);
        done_ += size;
        if (progress) progress(done_);
      }
    } catch (...) {
      if (!has_failed_.exchange(true)) failure_ = std::current_exception();
    }
  }

  /// When all threads have ended.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const MatrixView& rows_;
  const size_t block_rows_;
  const std::function<void(const MatrixView&, size_t)>& work_;
  std::atomic<size_t> next_{0}, done_{0};
  std::atomic<bool> has_failed_{false};
  std::exception_ptr failure_;  ///< written by the thread that set has_failed_
};

}  // namespace

void for_each_block(const MatrixView& rows, size_t block_rows, const ExplainOptions& options,
                    const std::function<void(const MatrixView& block, size_t first_row)>& work) {
  Blocks blocks(rows, block_rows, work);
  {
    std::vector<std::jthread> threads;
    for (size_t more = 1; more < std::min<size_t>(options.threads, blocks.count()); ++more)
      threads.emplace_back([&] { blocks.run(nullptr); });
    blocks.run(options.progress);
  }
  blocks.rethrow();
}

}  // namespace veleta
