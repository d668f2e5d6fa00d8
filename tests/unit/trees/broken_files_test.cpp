#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trained_booster.hpp"
#include "trees/read.hpp"
#include "veleta/error.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

/// Reads bytes that are no sound model, and gives the words of the refusal.
std::string refusal(const std::string& bytes) {
  try {
    read_tree_model(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "read " << bytes.size() << " broken bytes";
  return "";
}

/// A JSON model of one tree: x0 < 1 ? (x1 < 2 ? 1 : 2) : 3, in which one part may be replaced.
std::string small_model(const std::string& what = "", const std::string& by = "") {
  std::string model = R"({"version":[1,7,4],
"learner":{"attributes":{},"feature_names":["a","b"],"feature_types":["q","q"],
"learner_model_param":{"base_score":"5E-1","num_class":"0","num_feature":"2","num_target":"1"},
"objective":{"name":"reg:squarederror"},
"gradient_booster":{"name":"gbtree","model":{"gbtree_model_param":{"num_trees":"1","size_leaf_vector":"0"},
"tree_info":[0],
"trees":[{"id":0,"tree_param":{"num_nodes":"5","size_leaf_vector":"0"},
"left_children":[1,3,-1,-1,-1],"right_children":[2,4,-1,-1,-1],"parents":[2147483647,0,0,1,1],
"split_indices":[0,1,0,0,0],"split_conditions":[1E0,2E0,3E0,1E0,2E0],"split_type":[0,0,0,0,0],
"default_left":[1,0,0,0,0],"sum_hessian":[8E0,5E0,3E0,2E0,3E0],"loss_changes":[1E0,1E0,0E0,0E0,0E0],
"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[]}]}}}})";
  if (what.empty()) return model;
  const size_t place = model.find(what);
  if (place == std::string::npos) throw std::logic_error("there is no " + what);
  return model.replace(place, what.size(), by);
}

TEST(SmallModel, IsSound) {
  const TreeModel model = read_tree_model(small_model());
  EXPECT_THAT(model.trees.feature, ::testing::ElementsAre(0, 1, -1, -1, -1));
  EXPECT_THAT(model.trees.value, ::testing::ElementsAre(0, 0, 3, 1, 2));
  EXPECT_THAT(model.feature_names, ::testing::ElementsAre("a", "b"));
}

TEST(SmallModel, MayHaveManyColumnsOfShortNames) {
  std::string names, types;
  for (int column = 0; column < 20'000; ++column) {
    names += (column ? ",\"" : "\"") + std::to_string(column) + "\"";
    types += column ? ",\"i\"" : "\"i\"";
  }
  std::string model = small_model("\"num_feature\":\"2\"", "\"num_feature\":\"20000\"");
  const std::string few = R"("feature_names":["a","b"],"feature_types":["q","q"])";
  model.replace(model.find(few), few.size(), "\"feature_names\":[" + names + "],\"feature_types\":[" + types + "]");
  EXPECT_EQ(read_tree_model(model).feature_names.size(), 20'000U);
}

TEST(BrokenFile, HasCategoriesThatTwoNodesShare) {
  std::string model = small_model("\"split_type\":[0,0,0,0,0]", "\"split_type\":[1,1,0,0,0]");
  const std::string none = R"("categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[])";
  model.replace(model.find(none), none.size(),
                R"("categories":[1,2],"categories_nodes":[0,1],"categories_segments":[0,0],"categories_sizes":[2,2])");
  EXPECT_THAT(refusal(model), HasSubstr("expected parts of the 2 categories, found 2 from 0 on"));
}

TEST(BrokenFile, IsRefusedWhereverItIsCutOff) {
  const BoosterRows rows(50, 3, 1, 40, 0.1, 1);
  const TrainedBooster booster(rows, rows.number, {{"max_depth", "2"}, {"tree_method", "hist"}}, 2);
  for (const std::string& bytes : {booster.json(), booster.ubjson()})
    for (size_t size = 0; size < bytes.size(); ++size) ASSERT_NE(refusal(bytes.substr(0, size)), "");
}

TEST(BrokenFile, IsToldOfByLineAndByte) {
  EXPECT_THAT(refusal(small_model("\"attributes\":{}", "\"attributes\":}")),
              HasSubstr("line 2, byte 44: expected a value, found '}'"));
  EXPECT_THAT(refusal(small_model("\"sum_hessian\":[8E0", "\"sum_hessian\":[8E0,x0z")),
              HasSubstr("'sum_hessian': expected a number for each of the tree's 5 nodes, found 6"));
  EXPECT_THAT(refusal(small_model("\"sum_hessian\":[8E0,5E0", "\"sum_hessian\":[8E0,x0z")),
              HasSubstr("expected a 32-bit floating-point number at place 1, found 'x0z'"));
  EXPECT_THAT(refusal(small_model("\"left_children\"", "\"left_childen\"")), HasSubstr("expected 'left_children'"));
  EXPECT_THAT(refusal(small_model("\"tree_info\":[0]", "\"tree_info\":\"0\"")),
              HasSubstr("'tree_info': expected an array of numbers, found a text"));
}

TEST(BrokenFile, OfNoKnownFormatIsToldWhichAreKnown) {
  const std::string said = refusal("\x89PNG\r\n and so on");
  EXPECT_THAT(said, HasSubstr("LightGBM text"));
  EXPECT_THAT(said, HasSubstr("'\\x89PNG\\x0d\\x0a and so on'"));
  EXPECT_THAT(refusal(""), HasSubstr("no bytes at all"));
  EXPECT_THAT(refusal("{}"), HasSubstr("expected 'learner', found none"));
}

TEST(BrokenFile, WithAGraphThatIsNoTreeIsRefused) {
  EXPECT_THAT(refusal(small_model("[1,3,-1,-1,-1]", "[1,0,-1,-1,-1]")), HasSubstr("tree 0, node 1: expected children"));
  EXPECT_THAT(refusal(small_model("[1,3,-1,-1,-1]", "[1,2,-1,-1,-1]")), HasSubstr("found 2 again"));
  EXPECT_THAT(refusal(small_model("[1,3,-1,-1,-1]", "[2,3,-1,-1,-1]")), HasSubstr("found 2 again"));
  EXPECT_THAT(refusal(small_model("[1,3,-1,-1,-1]", "[1,9,-1,-1,-1]")), HasSubstr("the tree's 5 nodes, found 9"));
  EXPECT_THAT(refusal(small_model("[1,3,-1,-1,-1]", "[1,-7,-1,-1,-1]")), HasSubstr("found -7"));
}

TEST(BrokenFile, WithNumbersThatMakeNoSenseIsRefused) {
  EXPECT_THAT(refusal(small_model("[8E0,5E0", "[8E0,NaN")), HasSubstr("node 1: expected a cover of at least 0"));
  EXPECT_THAT(refusal(small_model("[8E0,5E0", "[8E0,-1E0")), HasSubstr("node 1: expected a cover of at least 0"));
  EXPECT_THAT(refusal(small_model("[8E0,5E0", "[8E0,Infinity")), HasSubstr("expected a cover"));
  EXPECT_THAT(refusal(small_model("\"split_conditions\":[1E0", "\"split_conditions\":[NaN")),
              HasSubstr("node 0: expected a threshold, found NaN"));
  EXPECT_THAT(refusal(small_model("2E0,3E0,1E0", "2E0,Infinity,1E0")), HasSubstr("node 2: expected a leaf's number"));
  EXPECT_THAT(refusal(small_model("[0,1,0,0,0],\"split_c", "[0,2,0,0,0],\"split_c")),
              HasSubstr("one of the model's 2 features, found 2"));
  EXPECT_THAT(refusal(small_model("\"num_feature\":\"2\"", "\"num_feature\":\"99999999999\"")),
              HasSubstr("'num_feature'"));
  EXPECT_THAT(refusal(small_model("\"num_class\":\"0\"", "\"num_class\":\"4000000000\"")), HasSubstr("4000000000"));
  EXPECT_THAT(refusal(small_model("\"5E-1\"", "\"1E999\"")), HasSubstr("'base_score'"));
  EXPECT_THAT(refusal(small_model("\"id\":0", "\"id\":1")), HasSubstr("expected ids from 0 to 0, each once, found 1"));
}

TEST(BrokenFile, WithCategoriesThatMakeNoSenseIsRefused) {
  const auto with = [](const std::string& categories, const std::string& node, const std::string& size) {
    return small_model("\"split_type\":[0,0,0,0,0]", "\"split_type\":[0,1,0,0,0]")
        .replace(small_model().find("\"categories\":[]"), std::string::npos,
                 "\"categories\":[" + categories + "],\"categories_nodes\":[" + node +
                     "],\"categories_segments\":[0],\"categories_sizes\":[" + size + "]}]}}}}");
  };
  EXPECT_EQ(read_tree_model(with("3,40", "1", "2")).trees.category_words, (std::vector<uint32_t>{8, 256}));
  EXPECT_THAT(refusal(with("3,16777216", "1", "2")), HasSubstr("from 0 to 16777215, found 16777216"));
  EXPECT_THAT(refusal(with("3,-1", "1", "2")), HasSubstr("found -1"));
  EXPECT_THAT(refusal(with("3", "1", "2")), HasSubstr("parts of the 1 categories, found 2 from 0 on"));
  EXPECT_THAT(refusal(with("3", "7", "1")), HasSubstr("nodes of the tree, found 7"));
  EXPECT_THAT(refusal(with("3", "1", "0")), HasSubstr("a set of categories to split on, found none"));
}

TEST(BrokenFile, OfAForestThatLacksTreesOfAnOutputIsRefused) {
  const std::string text =
      "tree\nversion=v4\nnum_class=2\nnum_tree_per_iteration=2\nmax_feature_idx=0\nobjective=multiclass num_class:2\n"
      "average_output\nfeature_names=a\n\nTree=0\nnum_leaves=1\nnum_cat=0\nleaf_value=3\n\nend of trees\n";
  EXPECT_THAT(refusal(text), HasSubstr("as many trees for each of 2 outputs, found 1 in all"));
}

TEST(BrokenFile, WithNamesThatAreNotUtf8IsRefused) {
  EXPECT_THAT(refusal(small_model("\"a\",\"b\"", "\"a\",\"b\xc3\"")), HasSubstr("expected UTF-8"));
  EXPECT_THAT(refusal(small_model("\"a\",\"b\"", "\"a\",\"\\ud800\"")), HasSubstr("expected UTF-8"));
  EXPECT_THAT(refusal(small_model("\"a\",\"b\"", "\"a\"")), HasSubstr("each of 2 features, found 1"));
}

const std::string kUbjsonStart = std::string("{U\x01") + "a";

TEST(BrokenFile, OfTenMillionLevelsIsRefusedAtTheSixtyFifth) {
  EXPECT_THAT(refusal("{\"a\":" + std::string(10'000'000, '[')), HasSubstr("64 levels"));
  EXPECT_THAT(refusal(kUbjsonStart + std::string(10'000'000, '[')), HasSubstr("64 levels"));
}

TEST(BrokenFile, OfAbsurdSizesTakesNoMoreMemoryThanItHasBytes) {
  EXPECT_THAT(refusal(kUbjsonStart + "[$l#L\x7f" + std::string(7, '\xff')), HasSubstr("the 0 bytes left"));
  EXPECT_THAT(refusal("{L" + std::string(4, '\0') + std::string(4, '\xff')), HasSubstr("the 0 bytes left"));
  std::string many = "{\"a\":[";
  for (int i = 0; i < 1'000'000; ++i) many += "[],";
  EXPECT_THAT(refusal(many), HasSubstr("found more than"));
}

}  // namespace
}  // namespace veleta::testing
