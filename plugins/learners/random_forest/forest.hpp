#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "veleta/learner.hpp"

namespace random_forest {

/// The mean of many trees, as the sum of leaves that are divided by their number already.
class Forest final : public veleta::Model {
 public:
  /// Takes ensembles of one tree each.
  Forest(const std::vector<veleta::TreeEnsemble>& trees, size_t columns, veleta::Task task);
  /// Throws kBadData unless `bytes` are a whole forest whose nodes point inside it, forwards.
  explicit Forest(std::string_view bytes);

  std::string save() const override;
  void predict(const veleta::MatrixView& rows, std::span<double> predictions) const override;
  const veleta::TreeEnsemble* trees() const override { return &trees_; }

 private:
  void append(const veleta::TreeEnsemble& tree, double weight);
  bool is_sound() const;
  bool node_is_sound(size_t node) const;

  uint64_t columns_ = 0;
  veleta::TreeEnsemble trees_;
};

}  // namespace random_forest
