#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>
#include <cmath>

#include "model_files.hpp"
#include "trees/read.hpp"
#include "veleta/error.hpp"
#include "walked_margins.hpp"

namespace veleta::testing {
namespace {

namespace json = boost::json;

std::vector<std::vector<double>> numbers(const json::value& rows) {
  std::vector<std::vector<double>> numbers;
  for (const auto& row : rows.as_array()) {
    numbers.emplace_back();
    for (const auto& value : row.as_array())
      numbers.back().push_back(value.is_null() ? std::nan("") : value.to_number<double>());
  }
  return numbers;
}

std::vector<double> linked(Link link, std::vector<double> margins) {
  double sum = 0;
  for (double& margin : margins) {
    if (link == Link::kLogistic) margin = 1 / (1 + std::exp(-margin));
    if (link == Link::kHinge) margin = margin > 0;
    if (link == Link::kExponential || link == Link::kSoftmax) margin = std::exp(margin);
    sum += margin;
  }
  if (link == Link::kSoftmax)
    for (double& margin : margins) margin /= sum;
  return margins;
}

// LightGBM writes a constant tree so, once it has read it from a file.
TEST(LightGbmFile, MayHaveATreeOfOneLeafWithoutItsCount) {
  std::string text = contents(kModelFolder / "lightgbm_4_zeros_missing.txt");
  const size_t begin = text.find("Tree=0"), end = text.find("Tree=1");
  text.replace(begin, end - begin,
               "Tree=0\nnum_leaves=1\nnum_cat=0\nsplit_feature=\nsplit_gain=\nthreshold=\ndecision_type=\nleft_child=\n"
               "right_child=\nleaf_value=2.5\nleaf_weight=\nleaf_count=\ninternal_value=\ninternal_weight=\n"
               "internal_count=\nis_linear=0\nshrinkage=1\n\n\n");
  const TreeModel model = read_tree_model(text);
  EXPECT_TRUE(model.has_covers);
  EXPECT_EQ(model.trees.value.front(), 2.5);
}

class ForeignFile : public ::testing::TestWithParam<std::string> {
 protected:
  TreeModel model_ = read_tree_model(contents(kModelFolder / GetParam()));
  json::value told_ = json::parse(
      contents((kModelFolder / GetParam()).replace_extension(".rows.json")));  // NAME.json and NAME.rows.json
};
INSTANTIATE_TEST_SUITE_P(Models, ForeignFile, ::testing::ValuesIn(model_files()), name_of_model_file);

TEST_P(ForeignFile, GivesTheMarginsAndPredictionsOfItsLibrary) {
  const auto rows = numbers(told_.at("rows")), margins = numbers(told_.at("margins")),
             predictions = numbers(told_.at("predictions"));
  for (size_t row = 0; row < rows.size(); ++row) {
    const std::vector<float> values(rows[row].begin(), rows[row].end());
    const auto found = walked_margins(model_.trees, values.data());
    ASSERT_EQ(found.size(), margins[row].size());
    for (size_t output = 0; output < found.size(); ++output) {
      const double expected = margins[row][output];
      if (model_.trees.single_precision)
        ASSERT_EQ(found[output], static_cast<float>(expected)) << "row " << row << ", output " << output;
      else
        ASSERT_NEAR(found[output], expected, 1e-12 * (1 + std::abs(expected))) << "row " << row;
    }
    const double tolerance = model_.trees.single_precision ? 1e-6 : 1e-12;
    const auto answers = linked(model_.trees.link, found);
    for (size_t output = 0; output < found.size(); ++output)
      ASSERT_NEAR(answers[output], predictions[row][output], tolerance * (1 + std::abs(answers[output])));
  }
}

TEST_P(ForeignFile, TellsItsFeaturesAndCovers) {
  EXPECT_EQ(model_.columns, 5u);
  EXPECT_EQ(model_.feature_names[1], "größe");
  EXPECT_TRUE(model_.has_covers);
  const TreeEnsemble& trees = model_.trees;
  for (size_t node = 0; node < trees.feature.size(); ++node) {
    if (trees.feature[node] == TreeEnsemble::kLeaf) continue;
    const double below = trees.cover[trees.left[node]] + trees.cover[trees.right[node]];
    EXPECT_NEAR(below, trees.cover[node], 1e-4 * trees.cover[node]);
    EXPECT_GT(trees.cover[node], 0);
  }
}

}  // namespace
}  // namespace veleta::testing
