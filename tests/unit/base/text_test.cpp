#include "base/text.hpp"

#include <gtest/gtest.h>

namespace veleta {
namespace {

TEST(Clipped, LeavesATextThatFits) {
  EXPECT_EQ(clipped("", 0), "");
  EXPECT_EQ(clipped("price", 5), "price");
}

TEST(Clipped, KeepsTheBeginningOfALongerText) {
  EXPECT_EQ(clipped("price moved", 8), "price...");
  EXPECT_EQ(clipped("price", 4), "p...");
  EXPECT_EQ(clipped("price", 2), "..");
  EXPECT_EQ(clipped("price", 0), "");
}

TEST(Clipped, CutsNoCharacterInTwo) {
  EXPECT_EQ(clipped("ññññ", 7), "ññ...");
  EXPECT_EQ(clipped("ññññ", 6), "ñ...");
  EXPECT_EQ(clipped("a🧭🧭", 8), "a🧭...");
  EXPECT_EQ(clipped("a🧭🧭", 7), "a...");
}

}  // namespace
}  // namespace veleta
