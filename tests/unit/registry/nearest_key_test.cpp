#include <gtest/gtest.h>

#include "registry/registry.hpp"

namespace veleta {
namespace {

TEST(NearestKey, LeavesAKeyAsItIs) {
  for (const char* key : {"validation_rmse", "a b-c.d:e", "r2"}) EXPECT_EQ(nearest_key(key), key);
}

TEST(NearestKey, ReplacesWhatAKeyCannotHold) {
  EXPECT_EQ(nearest_key("ndcg@5 (%)"), "ndcg_5 ___");
  EXPECT_EQ(nearest_key("train/auc"), "train_auc");
  EXPECT_EQ(nearest_key("ñ"), "__");
  EXPECT_EQ(nearest_key(""), "_");
  EXPECT_EQ(nearest_key("."), "_.");
  EXPECT_EQ(nearest_key("..x"), "_..x");
  EXPECT_EQ(nearest_key("../x"), "_.._x");
  EXPECT_EQ(nearest_key(std::string(1000, 'k')), std::string(250, 'k'));
  EXPECT_EQ(nearest_key("../" + std::string(1000, 'k')).size(), 250U);
}

}  // namespace
}  // namespace veleta
