#include "forest.hpp"

#include <algorithm>
#include <cmath>

#include "../shared/model_bytes.hpp"
#include "../shared/training_checks.hpp"

namespace random_forest {

using veleta::MatrixView;
using veleta::ModelReader;
using veleta::ModelWriter;
using veleta::Task;
using veleta::TreeEnsemble;

namespace {

constexpr char kFormat[] = "random_forest 1";

template <typename Value>
void extend(std::vector<Value>& to, const std::vector<Value>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Forest::Forest(const std::vector<TreeEnsemble>& trees, size_t columns, Task task) : columns_(columns) {
  double weight = 1 / static_cast<double>(trees.size());
  if (task == Task::kBinary) weight *= 1 - 1e-13;  // so that rounding never carries a sum of shares above 1
  for (const TreeEnsemble& tree : trees) append(tree, weight);
}

void Forest::append(const TreeEnsemble& tree, double weight) {
  const auto offset = static_cast<uint32_t>(trees_.feature.size());
  trees_.roots.push_back(offset);
  extend(trees_.feature, tree.feature);
  extend(trees_.threshold, tree.threshold);
  extend(trees_.default_left, tree.default_left);
  extend(trees_.cover, tree.cover);
  for (uint32_t left : tree.left) trees_.left.push_back(left + offset);
  for (uint32_t right : tree.right) trees_.right.push_back(right + offset);
  for (double value : tree.value) trees_.value.push_back(value * weight);
}

std::string Forest::save() const {
  ModelWriter out(kFormat);
  out.number(columns_);
  out.array<uint32_t>(trees_.roots);
  out.array<int32_t>(trees_.feature);
  out.array<float>(trees_.threshold);
  out.array<uint32_t>(trees_.left);
  out.array<uint32_t>(trees_.right);
  out.array<double>(trees_.value);
  out.array<double>(trees_.cover);
  return out.take();
}

Forest::Forest(std::string_view bytes) {
  ModelReader in(bytes, kFormat);
  columns_ = in.number<uint64_t>();
  trees_.roots = in.array<uint32_t>();
  trees_.feature = in.array<int32_t>();
  trees_.threshold = in.array<float>();
  trees_.left = in.array<uint32_t>();
  trees_.right = in.array<uint32_t>();
  trees_.value = in.array<double>();
  trees_.cover = in.array<double>();
  in.finish();
  trees_.default_left.assign(trees_.feature.size(), 0);
  if (!is_sound()) in.fail("its trees do not hold together");
}

bool Forest::is_sound() const {
  const size_t nodes = trees_.feature.size();
  for (size_t length :
       {trees_.threshold.size(), trees_.left.size(), trees_.right.size(), trees_.value.size(), trees_.cover.size()})
    if (length != nodes) return false;
  for (uint32_t root : trees_.roots)
    if (root >= nodes) return false;
  for (size_t node = 0; node < nodes; ++node)
    if (!node_is_sound(node)) return false;
  return true;
}

bool Forest::node_is_sound(size_t node) const {
  if (!std::isfinite(trees_.value[node]) || !(trees_.cover[node] >= 0)) return false;
  if (trees_.feature[node] == TreeEnsemble::kLeaf) return true;
  const size_t nodes = trees_.feature.size(), left = trees_.left[node], right = trees_.right[node];
  return trees_.feature[node] >= 0 && static_cast<uint64_t>(trees_.feature[node]) < columns_ && left > node &&
         left < nodes && right > node && right < nodes;
}

void Forest::predict(const MatrixView& rows, std::span<double> predictions) const {
  veleta::check_width(rows, columns_);
  std::fill(predictions.begin(), predictions.end(), 0.0);
  for (uint32_t root : trees_.roots)
    for (size_t row = 0; row < rows.rows; ++row) {
      uint32_t node = root;
      while (trees_.feature[node] >= 0) {
        const float x = rows.at(row, static_cast<size_t>(trees_.feature[node]));
        node = x < trees_.threshold[node] ? trees_.left[node] : trees_.right[node];
      }
      predictions[row] += trees_.value[node];
    }
}

}  // namespace random_forest
