#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "rows/boosted_trees.hpp"
#include "rows/ridge.hpp"

namespace veleta::rows {

/// A small regression model: a linear one, and trees for what it leaves. Lives no longer than the columns.
class AdditiveModel {
 public:
  AdditiveModel(const FeatureColumns& data, const BinnedColumns& binned, std::span<const size_t> rows,
                std::span<const double> y, std::span<const double> weights)
      : data_(data), linear_(data, rows, y, weights), trees_(make_trees(binned, rows, y, weights)) {
    total_weight_ = std::accumulate(weights.begin(), weights.end(), 0.0);
  }

  double predict(size_t row) const { return linear_.predict(row) + trees_.predict(row); }

  /// The columns that the predictions follow most, with their share: "price 62 %, size 20 %".
  struct Share {
    std::string column;
    double share;
  };
  std::vector<Share> strongest(size_t count) const {
    std::vector<Share> shares;
    double total = 0;
    for (size_t column = 0; column < data_.columns(); ++column) {
      shares.push_back({data_.name(column), linear_.importance(column) + trees_.importance(column) / total_weight_});
      total += shares.back().share;
    }
    std::stable_sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) { return a.share > b.share; });
    if (shares.size() > count) shares.resize(count);
    for (Share& share : shares) share.share = total > 0 ? share.share / total : 0;
    return shares;
  }

 private:
  BoostedTrees make_trees(const BinnedColumns& binned, std::span<const size_t> rows, std::span<const double> y,
                          std::span<const double> weights) const {
    std::vector<double> left(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) left[i] = y[i] - linear_.predict(rows[i]);
    return BoostedTrees(binned, rows, left, weights);
  }

  const FeatureColumns& data_;
  Ridge linear_;
  BoostedTrees trees_;
  double total_weight_ = 0;
};

}  // namespace veleta::rows
