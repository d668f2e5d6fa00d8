#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "../shared/training_checks.hpp"
#include "forest.hpp"
#include "grow.hpp"
#include "rows.hpp"
#include "veleta/learner.hpp"

namespace {

using namespace veleta;
using random_forest::Forest;
using random_forest::Sample;

/// Identical rows that a sample may hold. dlib takes a millisecond to split so many, and a second for thirty times as
/// many.
constexpr size_t kMostIdenticalRows = 500;

class RandomForest final : public Learner {
 public:
  RandomForest(const Params& params, const Host& host)
      : tree_count_(static_cast<size_t>(params.integer("trees"))),
        max_rows_(static_cast<size_t>(params.integer("max_rows"))),
        options_{static_cast<size_t>(params.integer("min_leaf_rows")), params.number("feature_fraction")},
        host_(host) {}

  std::unique_ptr<Model> train(const Training& training) const override {
    check_training(training);
    check_complete(training.train);
    return std::make_unique<Forest>(grow_trees(choose_sample(training), training), training.train.columns,
                                    training.task);
  }

  std::unique_ptr<Model> load(std::string_view bytes) const override { return std::make_unique<Forest>(bytes); }

 private:
  Sample choose_sample(const Training& training) const {
    const MatrixView& rows = training.train;
    const auto even = random_forest::even_sample(rows.rows, max_rows_, training.seed);
    if (even.size() < rows.rows)
      host_.warn("learns from an even sample of " + std::to_string(even.size()) + " of the " +
                 std::to_string(rows.rows) + " rows; max_rows sets how many");
    const auto chosen = random_forest::thin_identical(rows, even, kMostIdenticalRows, training.seed);
    if (chosen.size() < even.size())
      host_.warn("leaves out " + std::to_string(even.size() - chosen.size()) +
                 " rows whose features equal those of more than " + std::to_string(kMostIdenticalRows) + " others");
    Sample sample;
    sample.columns = rows.columns;
    for (size_t row : chosen) {
      sample.rows.push_back(rows.row(row));
      sample.targets.push_back(training.train_target[row]);
    }
    return sample;
  }

  /// Each tree has a seed of its own, so it does not matter which thread grows it.
  std::vector<TreeEnsemble> grow_trees(const Sample& sample, const Training& training) const {
    std::vector<TreeEnsemble> trees(tree_count_);
    std::atomic<size_t> next = 0, done = 0;
    std::mutex mutex;
    std::exception_ptr failure;  // guarded by mutex
    const auto work = [&] {
      try {
        for (size_t tree = next++; tree < tree_count_; tree = next++) {
          if (host_.is_cancelled()) throw Error(ErrorCode::kCancelled, "training was cancelled");
          trees[tree] = random_forest::grow_tree(sample, options_, seed_of(training.seed, tree));
          const size_t count = ++done;
          host_.progress(static_cast<double>(count) / static_cast<double>(tree_count_),
                         "tree " + std::to_string(count) + " of " + std::to_string(tree_count_));
        }
      } catch (...) {
        next = tree_count_;
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
      }
    };
    {
      std::vector<std::jthread> helpers;
      const size_t threads = std::min<size_t>(std::max(training.threads, 1u), tree_count_);
      while (helpers.size() + 1 < threads) helpers.emplace_back(work);
      work();
    }
    if (failure) std::rethrow_exception(failure);
    return trees;
  }

  static std::string seed_of(uint64_t seed, size_t tree) {
    return std::to_string(seed) + ":" + std::to_string(tree) + ":";
  }

  size_t tree_count_;
  size_t max_rows_;
  random_forest::TreeOptions options_;
  Host host_;
};

}  // namespace

VELETA_LEARNER(
    RandomForest, VELETA_NEEDS_COMPLETE, "random_forest", "1.0.0",
    integer_param("trees", 100, "trees that are averaged").min(1).max(10000),
    integer_param("min_leaf_rows", 20, "a node of so many rows or fewer is not split further").unit("rows").min(1),
    number_param("feature_fraction", 1.0 / 3, "share of the features that each split may choose from").min(0.01).max(1),
    integer_param("max_rows", 20000, "rows to learn from at most; of more, an even sample is taken")
        .unit("rows")
        .min(100))
