#include <dlib/random_forest.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "trained_booster.hpp"
#include "trees/read.hpp"
#include "veleta/error.hpp"
#include "walked_margins.hpp"

namespace veleta::testing {
namespace {

using Forest = dlib::random_forest_regression_function<dlib::dense_feature_extractor>;

Forest train(const BoosterRows& rows, size_t trees) {
  std::vector<dlib::matrix<double, 0, 1>> samples;
  for (size_t row = 0; row < rows.rows; ++row) {
    samples.emplace_back(static_cast<long>(rows.columns));
    for (size_t column = 0; column < rows.columns; ++column)
      samples.back()(static_cast<long>(column)) = rows.view().at(row, column);
  }
  dlib::random_forest_regression_trainer<dlib::dense_feature_extractor> trainer;
  trainer.set_num_trees(trees);
  trainer.set_seed("7");
  return trainer.train(samples, {rows.number.begin(), rows.number.end()});
}

std::string bytes_of(const Forest& forest) {
  std::ostringstream out;
  serialize(forest, out);  // a friend of the class, found by its argument
  return out.str();
}

TEST(DlibForest, PredictsAsDlibDoes) {
  const BoosterRows rows(300, 4, 0, 1, 0, 1), others(200, 4, 0, 1, 0.1, 2);
  const Forest forest = train(rows, 15);
  const TreeModel model = read_tree_model(bytes_of(forest));
  EXPECT_EQ(model.columns, 4u);
  EXPECT_EQ(model.trees.roots.size(), 15u);
  EXPECT_FALSE(model.has_covers);
  for (size_t row = 0; row < others.rows; ++row) {
    const float* values = others.view().row(row);
    dlib::matrix<double, 0, 1> sample(4);
    for (long column = 0; column < 4; ++column) sample(column) = values[column];
    EXPECT_NEAR(walked_margins(model.trees, values)[0], forest(sample), 1e-12 * 20);
  }
}

TEST(DlibForest, HasTheCoversOfRowsWhereTheseAreCounted) {
  const BoosterRows rows(300, 4, 0, 1, 0, 1);
  const TreeModel model = with_covers_from(read_tree_model(bytes_of(train(rows, 3))), rows.view());
  EXPECT_TRUE(model.has_covers);
  for (uint32_t root : model.trees.roots) EXPECT_EQ(model.trees.cover[root], 300);
  EXPECT_THROW(with_covers_from(model, {rows.values.data(), 100, 3, {}}), Error);
}

TEST(DlibForest, IsRefusedWhereverItIsCutOff) {
  const BoosterRows rows(40, 2, 0, 1, 0, 1);
  const std::string bytes = bytes_of(train(rows, 2));
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_THROW(read_tree_model(bytes.substr(0, size)), Error);
  EXPECT_THROW(read_tree_model(bytes + "x"), Error);
}

TEST(DlibForest, IsRefusedWithAbsurdSizes) {
  std::string bytes = std::string("\x01\x21", 2) + "random_forest_regression_function" + std::string("\x01\x17", 2) +
                      "dense_feature_extractor" + std::string("\x01\x02", 2);
  try {
    read_tree_model(bytes + "\x08" + std::string(8, '\x7f'));
    FAIL() << "read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("as many trees as fit in the 0 bytes left"));
  }
}

}  // namespace
}  // namespace veleta::testing
