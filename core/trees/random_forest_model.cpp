#include <bit>
#include <cstring>
#include <limits>
#include <vector>

#include "assembler.hpp"
#include "byte_cursor.hpp"
#include "formats.hpp"

namespace veleta {

namespace {

static_assert(std::endian::native == std::endian::little, "models are kept little-endian; this machine is not");

constexpr std::string_view kHead = "veleta random_forest 1\n";

uint64_t take_number(ByteCursor& in) {
  uint64_t number = 0;
  std::memcpy(&number, in.take(sizeof number).data(), sizeof number);
  return number;
}

template <typename Number>
std::vector<Number> take_array(ByteCursor& in) {
  const uint64_t count = take_number(in);
  if (count > in.left() / sizeof(Number))
    in.fail("expected as many numbers of " + std::to_string(sizeof(Number)) + " bytes as fit in the " +
            std::to_string(in.left()) + " left, found " + std::to_string(count));
  std::vector<Number> numbers(count);
  if (count > 0) std::memcpy(numbers.data(), in.take(count * sizeof(Number)).data(), count * sizeof(Number));
  return numbers;
}

/// The arrays as the learner random_forest saves them (its forest.cpp), all trees' nodes one after the other.
struct SavedForest {
  std::vector<uint32_t> roots;
  std::vector<int32_t> feature;
  std::vector<float> threshold;
  std::vector<uint32_t> left, right;
  std::vector<double> value, cover;

  explicit SavedForest(ByteCursor& in)
      : roots(take_array<uint32_t>(in)),
        feature(take_array<int32_t>(in)),
        threshold(take_array<float>(in)),
        left(take_array<uint32_t>(in)),
        right(take_array<uint32_t>(in)),
        value(take_array<double>(in)),
        cover(take_array<double>(in)) {
    if (!in.at_end()) in.fail("expected the end of the file, found " + std::to_string(in.left()) + " more bytes");
    for (size_t length : {threshold.size(), left.size(), right.size(), value.size(), cover.size()})
      if (length != feature.size())
        in.fail("expected arrays of " + std::to_string(feature.size()) + " nodes, found one of " +
                std::to_string(length));
    for (size_t tree = 0; tree < roots.size(); ++tree)
      if (roots[tree] >= feature.size() || (tree > 0 && roots[tree] <= roots[tree - 1]))
        in.fail("expected ascending roots among " + std::to_string(feature.size()) + " nodes, found " +
                std::to_string(roots[tree]));
  }

  /// The node `offset` places behind a tree's root; its children are told by their places too.
  FileNode node(size_t root, size_t offset) const {
    const size_t index = root + offset;
    FileNode node;
    node.is_leaf = feature[index] == TreeEnsemble::kLeaf;
    node.feature = feature[index];
    node.threshold = threshold[index];
    node.left = static_cast<int64_t>(left[index]) - static_cast<int64_t>(root);
    node.right = static_cast<int64_t>(right[index]) - static_cast<int64_t>(root);
    node.value = value[index];
    node.cover = cover[index];
    return node;
  }
};

}  // namespace

bool begins_as_random_forest(std::string_view bytes) { return bytes.starts_with(kHead); }

TreeModel read_random_forest(std::string_view bytes) {
  ByteCursor in(bytes, "random_forest model");
  in.take(kHead.size());
  TreeModel model;
  model.format = "Veleta random_forest";
  model.made_by = "Veleta, format 1";
  model.booster = "random forest";
  const uint64_t columns = take_number(in);
  if (columns > static_cast<uint64_t>(std::numeric_limits<int32_t>::max()))
    in.fail("expected a number of features, found " + std::to_string(columns));
  model.columns = static_cast<size_t>(columns);
  const SavedForest saved(in);
  TreeAssembler assembler(model, "random_forest model", bytes.size());
  for (size_t tree = 0; tree < saved.roots.size(); ++tree) {
    const size_t root = saved.roots[tree];
    const size_t end = tree + 1 < saved.roots.size() ? saved.roots[tree + 1] : saved.feature.size();
    assembler.append(end - root, 0, 0, [&](size_t offset) { return saved.node(root, offset); });
  }
  assembler.finish();
  model.gains.clear();
  return model;
}

}  // namespace veleta
