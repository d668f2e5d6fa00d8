#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "assembler.hpp"
#include "byte_cursor.hpp"
#include "formats.hpp"

namespace veleta {

namespace {

constexpr std::string_view kForest = "random_forest_regression_function";
constexpr std::string_view kExtractor = "dense_feature_extractor";

/// Values as dlib serialises them (dlib/serialize.h, dlib/float_details.h).
class DlibReader {
 public:
  explicit DlibReader(std::string_view bytes) : cursor_(bytes, "dlib forest") {}

  /// The number of its bytes, then these, the lowest first; the highest bit of the first byte is the sign.
  int64_t signed_number() {
    const uint8_t head = cursor_.take_byte();
    const uint64_t magnitude = bytes_of(head & 0x0f);
    if (magnitude > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      cursor_.fail("expected a number of 63 bits, found " + std::to_string(magnitude));
    const auto number = static_cast<int64_t>(magnitude);
    return head & 0x80 ? -number : number;
  }

  uint64_t number() {
    const uint8_t head = cursor_.take_byte();
    if (head & 0x80) cursor_.fail("expected a number of at least 0, found one below");
    return bytes_of(head & 0x0f);
  }

  uint32_t number_of_32_bits() {
    const uint64_t found = number();
    if (found > std::numeric_limits<uint32_t>::max())
      cursor_.fail("expected a number of 32 bits, found " + std::to_string(found));
    return static_cast<uint32_t>(found);
  }

  /// How many things follow, which take at least so many bytes each.
  size_t count(size_t least_bytes, const char* of_what) {
    const uint64_t found = number();
    if (found > cursor_.left() / least_bytes)
      cursor_.fail("expected as many " + std::string(of_what) + " as fit in the " + std::to_string(cursor_.left()) +
                   " bytes left, found " + std::to_string(found));
    return static_cast<size_t>(found);
  }

  /// mantissa · 2^exponent; exponents from 32000 on stand for infinities and NaN.
  double real() {
    const int64_t mantissa = signed_number(), exponent = signed_number();
    if (exponent == 32000) return std::numeric_limits<double>::infinity();
    if (exponent == 32001) return -std::numeric_limits<double>::infinity();
    if (exponent > 32000 || exponent < -32000) return std::numeric_limits<double>::quiet_NaN();
    return std::ldexp(static_cast<double>(mantissa), static_cast<int>(exponent));
  }

  void expect(std::string_view text) {
    const size_t size = count(1, "characters");
    const std::string_view found = cursor_.take(size);
    if (found != text)
      cursor_.fail("expected '" + std::string(text) + "', found another text of " + std::to_string(size) + " bytes");
  }

  bool at_end() const { return cursor_.at_end(); }
  [[noreturn]] void fail(const std::string& what) const { cursor_.fail(what); }

 private:
  uint64_t bytes_of(unsigned size) {
    if (size < 1 || size > 8) cursor_.fail("expected a number of 1 to 8 bytes, found one of " + std::to_string(size));
    uint64_t number = 0;
    const std::string_view bytes = cursor_.take(size);
    for (size_t i = size; i-- > 0;) number = number << 8 | static_cast<uint8_t>(bytes[i]);
    return number;
  }

  ByteCursor cursor_;
};

struct Split {
  uint32_t left, right;
  float threshold;
  uint32_t feature;
};

/// Node numbers from splits.size() on are leaves, in their own order.
struct SavedTree {
  std::vector<Split> splits;
  std::vector<float> leaves;
};

std::vector<SavedTree> read_trees(DlibReader& in) {
  std::vector<SavedTree> trees(in.count(8, "trees"));
  for (SavedTree& tree : trees) {
    const size_t splits = in.count(10, "splits");
    tree.splits.reserve(splits);
    while (tree.splits.size() < splits) {
      const uint32_t left_child = in.number_of_32_bits(), right_child = in.number_of_32_bits();
      const auto threshold = static_cast<float>(in.real());
      tree.splits.push_back({left_child, right_child, threshold, in.number_of_32_bits()});
    }
  }
  if (in.count(2, "trees' leaves") != trees.size())
    in.fail("expected leaves for each of " + std::to_string(trees.size()) + " trees, found another number");
  for (SavedTree& tree : trees)
    for (size_t left = in.count(4, "leaves"); left > 0; --left) tree.leaves.push_back(static_cast<float>(in.real()));
  return trees;
}

FileNode node_of(const SavedTree& tree, size_t index, double weight) {
  FileNode node;
  if (index >= tree.splits.size()) {
    node.is_leaf = true;
    node.value = tree.leaves[index - tree.splits.size()] * weight;
    return node;
  }
  const Split& split = tree.splits[index];
  node.feature = split.feature;
  node.threshold = split.threshold;
  node.left = split.left;
  node.right = split.right;
  return node;
}

}  // namespace

bool begins_as_dlib_forest(std::string_view bytes) {
  // One byte of length, the length, the class's name.
  return bytes.size() > 2 && bytes[0] == 1 && bytes.substr(2).starts_with(kForest.substr(0, bytes.size() - 2));
}

TreeModel read_dlib_forest(std::string_view bytes) {
  DlibReader in(bytes);
  in.expect(kForest);
  in.expect(kExtractor);
  TreeModel model;
  model.format = "dlib random_forest_regression_function";
  model.made_by = "dlib";
  model.booster = "random forest";
  const uint64_t columns = in.number();
  if (columns > static_cast<uint64_t>(std::numeric_limits<int32_t>::max()))
    in.fail("expected a number of features, found " + std::to_string(columns));
  model.columns = static_cast<size_t>(columns);
  const auto trees = read_trees(in);
  if (!in.at_end()) in.fail("expected the end of the file, found more bytes");
  TreeAssembler assembler(model, "dlib forest", bytes.size());
  const double weight = 1 / static_cast<double>(trees.size());
  for (const SavedTree& tree : trees)
    assembler.append(tree.splits.size() + tree.leaves.size(), 0, 0,
                     [&](size_t index) { return node_of(tree, index, weight); });
  assembler.finish();
  model.has_covers = false;
  model.gains.clear();
  model.notes.push_back("dlib keeps no covers: an explanation by them needs covers counted from rows.");
  return model;
}

}  // namespace veleta
