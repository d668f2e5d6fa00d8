#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>

#include "trained_booster.hpp"
#include "trees/read.hpp"
#include "veleta/error.hpp"
#include "walked_margins.hpp"

namespace veleta::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Parameters = TrainedBooster::Parameters;

struct Shape {
  const char* name;
  Parameters parameters;
  std::vector<float> BoosterRows::*target;
  Link link;
  size_t categorical_columns = 0;
  int categories = 1;
  double missing_share = 0.1;
  int rounds = 12;

  friend void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }
};

const Shape kShapes[] = {
    {"Regression", {{"objective", "reg:squarederror"}, {"base_score", "9.3"}}, &BoosterRows::number, Link::kIdentity},
    {"NothingMissing", {{"max_depth", "9"}}, &BoosterRows::number, Link::kIdentity, 0, 1, 0.0},
    {"TwoClasses",
     {{"objective", "binary:logistic"}, {"base_score", "0.37"}},
     &BoosterRows::two_classes,
     Link::kLogistic},
    {"RawLogits",
     {{"objective", "binary:logitraw"}, {"base_score", "0.37"}},
     &BoosterRows::two_classes,
     Link::kIdentity},
    {"Hinge", {{"objective", "binary:hinge"}}, &BoosterRows::two_classes, Link::kHinge},
    {"ThreeProbabilities",
     {{"objective", "multi:softprob"}, {"num_class", "3"}},
     &BoosterRows::three_classes,
     Link::kSoftmax},
    {"ThreeClasses", {{"objective", "multi:softmax"}, {"num_class", "3"}}, &BoosterRows::three_classes, Link::kSoftmax},
    {"Counts", {{"objective", "count:poisson"}}, &BoosterRows::count, Link::kExponential},
    {"Gamma", {{"objective", "reg:gamma"}, {"base_score", "2.1"}}, &BoosterRows::count, Link::kExponential},
    {"Tweedie", {{"objective", "reg:tweedie"}}, &BoosterRows::count, Link::kExponential},
    {"Forest",
     {{"num_parallel_tree", "4"}, {"subsample", "0.7"}, {"eta", "1"}},
     &BoosterRows::number,
     Link::kIdentity,
     0,
     1,
     0.2,
     2},
    {"Pruned", {{"tree_method", "exact"}, {"gamma", "30"}, {"max_depth", "8"}}, &BoosterRows::number, Link::kIdentity},
    {"Dart", {{"booster", "dart"}, {"rate_drop", "0.4"}, {"base_score", "9.3"}}, &BoosterRows::number, Link::kIdentity},
    {"DartOfThreeClasses",
     {{"booster", "dart"}, {"rate_drop", "0.4"}, {"objective", "multi:softprob"}, {"num_class", "3"}},
     &BoosterRows::three_classes,
     Link::kSoftmax},
    {"CategoriesOneByOne",
     {{"tree_method", "hist"}, {"max_cat_to_onehot", "1000"}},
     &BoosterRows::number,
     Link::kIdentity,
     2,
     70},
    {"CategoriesInSets",
     {{"tree_method", "hist"}, {"max_cat_to_onehot", "1"}, {"max_depth", "8"}},
     &BoosterRows::number,
     Link::kIdentity,
     2,
     70},
    {"CategoriesOfThreeClasses",
     {{"tree_method", "hist"}, {"max_cat_to_onehot", "4"}, {"objective", "multi:softprob"}, {"num_class", "3"}},
     &BoosterRows::three_classes,
     Link::kSoftmax,
     3,
     9},
};

class XgboostFile : public ::testing::TestWithParam<Shape> {
 protected:
  static constexpr size_t kColumns = 6;

  TrainedBooster train() const {
    const BoosterRows rows(600, kColumns, GetParam().categorical_columns, GetParam().categories,
                           GetParam().missing_share, 1);
    return {rows, rows.*GetParam().target, GetParam().parameters, GetParam().rounds};
  }

  /// Others than those trained on, with categories that no training row had, and fractions of categories.
  BoosterRows strange_rows() const {
    BoosterRows rows(300, kColumns, GetParam().categorical_columns, GetParam().categories, GetParam().missing_share, 2);
    const size_t numeric = kColumns - GetParam().categorical_columns;
    for (size_t row = 0; row < rows.rows; row += 5)
      for (size_t column = numeric; column < kColumns; ++column) {
        float& value = rows.values[row * kColumns + column];
        value = row % 3 == 0 ? 3.7f : row % 3 == 1 ? 5000.0f : 16777300.0f;
      }
    return rows;
  }
};
INSTANTIATE_TEST_SUITE_P(Shapes, XgboostFile, ::testing::ValuesIn(kShapes),
                         [](const auto& shape) { return std::string(shape.param.name); });

TEST_P(XgboostFile, GivesTheVeryMarginsOfXgboost) {
  const TrainedBooster booster = train();
  const BoosterRows rows = strange_rows();
  const auto expected = booster.margins(rows.view());
  for (const std::string& bytes : {booster.json(), booster.ubjson()}) {
    const TreeModel model = read_tree_model(bytes);
    ASSERT_EQ(expected.size(), rows.rows * model.trees.outputs);
    for (size_t row = 0; row < rows.rows; ++row) {
      const auto margins = walked_margins(model.trees, rows.view().row(row));
      for (size_t output = 0; output < margins.size(); ++output)
        ASSERT_EQ(margins[output], expected[row * margins.size() + output]) << "row " << row << ", output " << output;
    }
  }
}

TEST_P(XgboostFile, TellsItsKind) {
  const TrainedBooster booster = train();
  const TreeModel model = read_tree_model(booster.ubjson());
  EXPECT_EQ(model.format, "XGBoost UBJSON");
  EXPECT_EQ(read_tree_model(booster.json()).format, "XGBoost JSON");
  EXPECT_EQ(model.trees.link, GetParam().link);
  EXPECT_EQ(model.columns, kColumns);
  EXPECT_THAT(model.made_by, ::testing::StartsWith("XGBoost 1.7."));
  EXPECT_EQ(model.trees.category_begin.empty(), GetParam().categorical_columns == 0);
  EXPECT_EQ(model.feature_types.size(), kColumns);
}

TEST_P(XgboostFile, HasCoversThatAddUpAndEachNodeBehindItsParent) {
  const TreeModel model = read_tree_model(train().json());
  const TreeEnsemble& trees = model.trees;
  ASSERT_EQ(model.gains.size(), trees.feature.size());
  size_t children = 0;
  for (size_t node = 0; node < trees.feature.size(); ++node) {
    if (trees.feature[node] == TreeEnsemble::kLeaf) continue;
    ASSERT_GT(trees.left[node], node);
    ASSERT_GT(trees.right[node], node);
    children += 2;
    const double below = trees.cover[trees.left[node]] + trees.cover[trees.right[node]];
    EXPECT_NEAR(below, trees.cover[node], 1e-4 * trees.cover[node]);
  }
  EXPECT_EQ(children + trees.roots.size(), trees.feature.size());
}

TEST_P(XgboostFile, HasTheCoversOfRowsWhereTheseAreCounted) {
  const BoosterRows rows = strange_rows();
  const TreeModel model = with_covers_from(read_tree_model(train().json()), rows.view());
  double expected = 0, found = 0;
  for (size_t row = 0; row < rows.rows; ++row)
    for (double margin : walked_margins(model.trees, rows.view().row(row))) expected += margin;
  for (size_t node = 0; node < model.trees.feature.size(); ++node)
    if (model.trees.feature[node] == TreeEnsemble::kLeaf) found += model.trees.cover[node] * model.trees.value[node];
  for (uint32_t output = 0; output < model.trees.outputs; ++output)
    found += static_cast<double>(rows.rows) * model.trees.base_margin;
  EXPECT_NEAR(found, expected, 1e-4 * (1 + std::abs(expected)));
  for (uint32_t root : model.trees.roots) EXPECT_EQ(model.trees.cover[root], rows.rows);
}

TEST(XgboostFiles, TreesStandInTheOrderOfTheirIds) {
  const BoosterRows rows(200, 3, 0, 1, 0, 1);
  const TrainedBooster booster(rows, rows.number, {{"max_depth", "2"}}, 2);
  std::string swapped = booster.json();
  const size_t first = swapped.find("\"id\":0"), second = swapped.find("\"id\":1");
  ASSERT_NE(second, std::string::npos);
  swapped[first + 5] = '1', swapped[second + 5] = '0';
  const TreeEnsemble trees = read_tree_model(booster.json()).trees, other = read_tree_model(swapped).trees;
  ASSERT_EQ(trees.roots.size(), 2u);
  EXPECT_EQ(trees.value.back(), other.value[other.roots[1] - 1]);
  EXPECT_NE(trees.value, other.value);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const size_t place = text.find(what);
  if (place == std::string::npos) throw std::logic_error("there is no " + what);
  return text.replace(place, what.size(), by);
}

TEST(XgboostFiles, TakeABaseScoreInAListAsNewerOnesHaveIt) {
  const BoosterRows rows(200, 3, 0, 1, 0, 1);
  const std::string json = TrainedBooster(rows, rows.number, {{"base_score", "0.25"}}, 1).json();
  EXPECT_EQ(read_tree_model(replaced(json, "\"2.5E-1\"", "\"[2.5E-1]\"")).trees.base_margin, 0.25);
  EXPECT_THROW(read_tree_model(replaced(json, "\"2.5E-1\"", "\"[2.5E-1,1E0]\"")), Error);
}

TEST(XgboostFiles, HaveNamesInUtf8) {
  const BoosterRows rows(200, 2, 0, 1, 0, 1);
  const std::string json = TrainedBooster(rows, rows.number, {}, 1).json();
  const auto named = replaced(json, "\"feature_names\":[]", R"("feature_names":["größe","\u5e73\ud83c\udf33 \"x\""])");
  EXPECT_THAT(read_tree_model(named).feature_names, ElementsAre("größe", "平🌳 \"x\""));
  EXPECT_THAT(read_tree_model(json).feature_names, IsEmpty());
}

void expect_unsupported(const std::string& bytes, const std::string& words) {
  try {
    read_tree_model(bytes);
    ADD_FAILURE() << "read, though: " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr(words));
  }
}

TEST(XgboostFiles, OfOtherThanTreesOfNumbersAreRefusedByName) {
  const BoosterRows rows(200, 2, 0, 1, 0, 1);
  expect_unsupported(TrainedBooster(rows, rows.number, {{"booster", "gblinear"}}, 1).json(), "'gblinear'");
  const std::string json = TrainedBooster(rows, rows.number, {}, 1).json();
  expect_unsupported(replaced(json, "\"name\":\"reg:squarederror\"", "\"name\":\"mine\""), "'mine'");
  const size_t param = json.find("\"tree_param\"");
  std::string vectors = json.substr(param);
  vectors = replaced(vectors, "\"size_leaf_vector\":\"0\"", "\"size_leaf_vector\":\"2\"");
  expect_unsupported(json.substr(0, param) + vectors, "multi_output_tree");
  expect_unsupported("binf\x01\x02", ".json or .ubj");
}

}  // namespace
}  // namespace veleta::testing
